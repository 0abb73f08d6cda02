"""A database that differs from what is declared: the difference is told, and a revision for it written."""

import re
import runpy
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import psycopg
import pytest

from mxc.server.kernel.errors import Conflict, Invalid
from mxc.server.migrations.draft import draft, refuse_broken
from mxc.server.migrations.drift import Drift, drift, protections
from mxc.server.migrations.repair import backward, forward
from mxc.server.migrations.schema import head
from mxc.server.migrations.shape import Part

DAMAGES = {
    "a column": "alter table nodes drop column agent_version",
    "a column with a map": "alter table nodes drop column capabilities",
    "a column that may be empty": "alter table nodes drop column removed_at",
    "a column with a default": "alter table nodes drop column revision",
    "a column too many": "alter table nodes add column colour text",
    "another type": "alter table nodes alter column agent_version type text",
    "a type's length": "alter table nodes alter column hostname type varchar(60)",
    "a column that may not be empty": "alter table nodes alter column removed_at set not null",
    "a column that should not be empty": "alter table nodes alter column hostname drop not null",
    "a default": "alter table nodes alter column hostname set default 'x'",
    "a check": "alter table nodes drop constraint ck_nodes_intent",
    "another check": "alter table nodes drop constraint ck_nodes_intent, "
    "add constraint ck_nodes_intent check (intent in ('schedulable', 'cordoned'))",
    "an index": "drop index ix_workload_events_tenant_id_workload_id_at",
    "an index too many": "create index ix_nodes_hostname on nodes (hostname)",
    "a constraint too many": "alter table nodes add constraint fk_nodes_hostname foreign key (tenant_id, id) "
    "references workloads (tenant_id, id) on delete cascade",
    "a table": "drop table notices",
    "two tables that name one another": "drop table workloads, nodes",
    "a key": "alter table workloads drop constraint fk_workloads_node_id",
    "a table too many": "create table colours (id int primary key, name text not null default 'red:blue')",
}
BY_HAND = {
    "a policy": "drop policy tenant on nodes",
    "a policy too many": "create policy open on nodes using (true)",
    "row security": "alter table nodes no force row level security",
    "a right": "grant truncate on nodes to mxc_app",
    "a trigger": "drop trigger note_update on nodes",
}


def run(dsn: str, *statements: str) -> None:
    with psycopg.connect(dsn) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_the_revision_repairs_it_and_its_way_back_restores_it(dsn: str, damage: str, tmp_path: Path) -> None:
    run(dsn, damage)
    found = drift(dsn)
    assert found
    revision = runpy.run_path(str(draft(dsn, "Repair it.", tmp_path)))
    assert (revision["revision"], revision["down_revision"]) == (f"{int(head()) + 1:04}", head())
    run(dsn, *plain(revision["UP"]))
    assert drift(dsn) == []
    run(dsn, *plain(revision["DOWN"]))
    assert [spelled(each) for each in drift(dsn)] == [spelled(each) for each in found]


def spelled(each: Drift) -> tuple[Part, str, str]:
    """Casts and brackets aside: PostgreSQL adds them when it reads its own spelling of a CHECK."""
    return (each.part, *(re.sub(r"::[a-z ]+(\[\])?|[()]", "", text) for text in (each.declared, each.found)))


def plain(statements: tuple[str, ...]) -> list[str]:
    """What SQLAlchemy makes of them: the colons it was told to leave alone."""
    return [each.replace("\\:", ":") for each in statements]


@pytest.mark.parametrize("damage", BY_HAND.values(), ids=BY_HAND.keys())
def test_protection_is_noticed_and_repaired_by_nobody_but_you(dsn: str, damage: str) -> None:
    run(dsn, damage)
    found = drift(dsn)
    assert [each.part.table for each in found] == ["nodes"]
    with pytest.raises(Invalid) as refused:
        forward(found, protections(), lambda *_: "")
    assert refused.value.code == "write-by-hand"


def test_present_rows_keep_their_values(dsn: str) -> None:
    run(dsn, "alter table notices drop column message", "alter table notices alter column kind type text")
    run(
        dsn,
        "insert into notices (tenant_id, id, created_at, updated_at, revision, kind, status, raised_at) "
        "values (gen_random_uuid(), gen_random_uuid(), now(), now(), 1, 'k', 'open', now())",
    )
    found = drift(dsn)
    run(dsn, *forward(found, protections(), lambda *_: "'told'"))
    with psycopg.connect(dsn) as connection:
        assert connection.execute("select kind, message from notices").fetchall() == [("k", "told")]
    run(dsn, *backward(found, protections()))
    with psycopg.connect(dsn) as connection:
        assert connection.execute("select kind from notices").fetchall() == [("k",)]


def test_a_column_that_nothing_can_fill_is_refused_with_what_to_do(dsn: str, tmp_path: Path) -> None:
    run(dsn, "alter table nodes drop column cpu_total")
    with pytest.raises(Invalid, match=r"nodes\.cpu_total may not be empty") as refused:
        draft(dsn, "x", tmp_path)
    assert "default" in refused.value.hint
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_written_where_nothing_differs(dsn: str, tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="nothing undone"):
        draft(dsn, "x", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_drafted_file_keeps_our_format(dsn: str, tmp_path: Path) -> None:
    run(dsn, "drop table nodes, workloads", "drop table workload_events")
    path = draft(dsn, "the tables of workloads", tmp_path)
    assert path.name == f"r{int(head()) + 1:04}_the_tables_of_workloads.py"
    ruff = Path(sys.executable).with_name("ruff")
    for check in (["format", "--check"], ["check"]):
        result = subprocess.run([ruff, *check, path], capture_output=True, text=True, check=False)
        assert result.returncode == 0, result.stdout + result.stderr


def test_every_revision_says_what_it_does() -> None:
    for path in Path(import_module("mxc.server.migrations.schema").REVISIONS).glob("r*.py"):
        assert runpy.run_path(str(path))["__doc__"], path


def test_nothing_is_drafted_behind_revisions_that_do_not_follow_one_another(tmp_path: Path) -> None:
    for name, before in (("r0001_a", None), ("r0002_mine", "0001"), ("r0002_yours", "0001")):
        (tmp_path / f"{name}.py").write_text(f"revision = {name[1:5]!r}\ndown_revision = {before!r}\n")
    with pytest.raises(Conflict, match=r"r0002_yours\.py has the number of r0002_mine\.py.* 0003") as refused:
        refuse_broken(tmp_path)
    assert refused.value.code == "revisions-broken"
    (tmp_path / "r0002_yours.py").unlink()
    refuse_broken(tmp_path)
