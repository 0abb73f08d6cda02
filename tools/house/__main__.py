"""Run every house lint over the project: prints findings, exits 1 when there are any."""

import sys

from tools.house.every import findings
from tools.house.source import project_files


def main() -> int:
    found = findings(project_files())
    for finding in found:
        sys.stdout.write(f"{finding}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
