"""Every house lint sees what it is for, and lets good code pass."""

import pytest
from tools.house.every import rules
from tools.house.source import SERVER, Source

KERNEL = SERVER + "kernel/perform.py"
DOMAIN = SERVER + "domains/workloads/node.py"
REACTION = SERVER + "domains/workloads/reactions/place.py"
RULES = SERVER + "domains/workloads/rules/health.dl"
TEST = "packages/mxc/tests/unit/test_node.py"
REVISION = SERVER + "migrations/revisions/r{}.py"


def revision(number: str, before: str | None) -> str:
    """What a revision file says of its place."""
    return f"revision = {number!r}\ndown_revision = {before!r}\n"


LONG_BODY = "\n".join(f"    x{n} = {n}" for n in range(45))

# rule → (what it must refuse, what it must let pass), each as (path, text)
SAMPLES: dict[str, tuple[list[tuple[str, str]], list[tuple[str, str]]]] = {
    "bare_session": (
        [(DOMAIN, "async def f(engine):\n    return AsyncSession(engine)")],
        [
            (SERVER + "kernel/access/tenancy.py", "AsyncSession(engine)"),
            (DOMAIN, "def f(s: AsyncSession): ..."),
        ],
    ),
    "commit": (
        [(DOMAIN, "async def f(session):\n    await session.commit()")],
        [(SERVER + "kernel/access/tenancy.py", "session.commit()"), (DOMAIN, "commit = 1")],
    ),
    "file_size": ([(DOMAIN, "x = 1\n" * 401)], [(DOMAIN, "x = 1\n" * 400)]),
    "function_size": (
        [(DOMAIN, f"def f():\n{LONG_BODY}")],
        [(DOMAIN, 'def f():\n    """' + "long\n" * 50 + '"""\n    return 1')],
    ),
    "inline_sql": (
        [
            (DOMAIN, "q = 'select id from nodes'"),
            (DOMAIN, "q = f'delete from {table}'"),
            (DOMAIN, "q = 'UPDATE nodes SET x = 1'"),
        ],
        [
            (KERNEL, "q = 'select id from nodes'"),
            (DOMAIN, "def f():\n    'select the rows from the table'"),
            (DOMAIN, "hint = 'Select a node and try again.'"),
        ],
    ),
    "junk_names": (
        [(SERVER + "utils.py", ""), (SERVER + "common/x.py", ""), (DOMAIN, "class NodeManager: ...")],
        [(DOMAIN, "class Node: ...")],
    ),
    "patient_tests": (
        [(TEST, "import time\ntime.sleep(1)"), (TEST, "async def f():\n    await asyncio.sleep(0.1)")],
        [(TEST, "while not done():\n    time.sleep(0.01)"), (TEST, "asyncio.sleep(0)")],
    ),
    "pins": (
        [
            ("constraints.txt", "nats-py @ https" + "://host/nats.whl"),
            ("constraints.txt", "nats-py>=2"),
            ("constraints.txt", "--index-url x"),
            ("uv.lock", ""),
        ],
        [("constraints.txt", "nats-py==2.16.0 \\\n    --hash=sha256:00\n    # via mxc")],
    ),
    "private_places": (
        [("README.md", "cd /" + "work/main"), ("Makefile", "pip -i https://" + "pypi." + "org/simple")],
        [("README.md", "below src/work/ or at /var/lib/mxc")],
    ),
    "pure_reactions": (
        [
            (REACTION, "import aiohttp"),
            (REACTION, "from sqlalchemy import select"),
            (REACTION, "if workload.status == 'failed': ..."),
        ],
        [(REACTION, "from datetime import timedelta\nif candidates == []: ...")],
    ),
    "quiet_init": (
        [(SERVER + "__init__.py", "def f(): ..."), (SERVER + "__init__.py", "")],
        [(SERVER + "__init__.py", '"""The server."""\nfrom x import y\n__all__ = ["y"]')],
    ),
    "revisions": (
        [
            (REVISION.format("0002_b"), revision("0002", "0001")),
            (REVISION.format("0001_a"), revision("0002", None)),
            (REVISION.format("0001_a"), revision("0001", "0000")),
        ],
        [(REVISION.format("0001_a"), revision("0001", None))],
    ),
    "rule_has_test": (
        [(RULES, "% why\na(X) :- b(X).")],
        [],
    ),
    "settings_below_main": (
        [(KERNEL, "from mxc.server.settings import Settings"), (DOMAIN, "import os\nos.environ['X']")],
        [(SERVER + "main.py", "from mxc.server.settings import Settings\nimport os\nos.environ")],
    ),
    "unfinished": (
        [(DOMAIN, "# TO" + "DO later"), (RULES, "% FIX" + "ME")],
        [(DOMAIN, "# what a user has to do")],
    ),
    "wall_clock": (
        [(DOMAIN, "time.time()"), (DOMAIN, "dt.datetime.now(UTC)"), (DOMAIN, "datetime.now()")],
        [
            (SERVER + "kernel/facts/clock.py", "time.time()"),
            (DOMAIN, "clock.now()"),
            (DOMAIN, "time.monotonic()"),
        ],
    ),
}  # fmt: skip


def test_every_lint_has_samples() -> None:
    assert set(SAMPLES) == set(rules())


@pytest.mark.parametrize(
    ("rule", "path", "text"), [(rule, *sample) for rule, (bad, _) in SAMPLES.items() for sample in bad]
)
def test_bad_code_is_found_and_told_why(rule: str, path: str, text: str) -> None:
    found = list(rules()[rule]([Source(path, text)]))
    assert found
    assert all(finding.message and finding.path == path for finding in found)


@pytest.mark.parametrize(
    ("rule", "path", "text"), [(rule, *sample) for rule, (_, good) in SAMPLES.items() for sample in good]
)
def test_good_code_passes(rule: str, path: str, text: str) -> None:
    assert list(rules()[rule]([Source(path, text)])) == []


def test_revisions_of_two_branches_are_told_apart() -> None:
    """Both took the next free number: the later one is told its own."""
    history = [("0001_a", None), ("0002_b", "0001"), ("0003_mine", "0002"), ("0003_yours", "0002")]
    sources = [Source(REVISION.format(name), revision(name[:4], before)) for name, before in history]
    (found,) = rules()["revisions"](sources)
    assert found.path == sources[-1].path
    assert "r0003_mine.py" in found.message and "0004" in found.message


def test_a_rule_file_with_a_test_passes() -> None:
    tested = Source("packages/mxc/tests/rules/health.dlt", "")
    assert list(rules()["rule_has_test"]([Source(RULES, "% why"), tested])) == []
