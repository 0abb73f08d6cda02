"""`python -m mxc.server.nats_config HOST PORT`: what `mxc nats config` becomes."""

import os
import sys

from mxc.server.embedded.nats import write_server_config
from mxc.server.home import Home
from mxc.server.kernel.facts.clock import Clock
from mxc.server.settings.settings import read


def main() -> None:
    """Write the configuration and the keys below MXC_HOME, and say how they are used."""
    host, port = sys.argv[1], int(sys.argv[2])
    home = Home(read(os.environ).process.home)
    home.path.mkdir(mode=0o711, parents=True, exist_ok=True)
    path = write_server_config(home.nats, port, int(Clock().unix()), host)
    sys.stdout.write(f"{path}\n")
    sys.stderr.write(
        f"start it: nats-server --config {path}\n"
        f"then run mxc with NATS_URL=nats://{host}:{port} and MXC_NATS_KEYS={home.nats / 'keys'}\n"
    )


if __name__ == "__main__":
    main()
