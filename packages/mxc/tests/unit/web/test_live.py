"""What changes reaches those who watch it, merged while they are busy, and nobody else."""

from mxc.server.hosting.live import Batch
from mxc.server.kernel.facts.feed import Derived, Note, Resync


def test_a_batch_keeps_the_last_note_of_a_row() -> None:
    batch = Batch()
    batch.add(Note("nodes", "1", {"id": "1"}, "put"))
    batch.add(Note("nodes", "1", None, "gone"))
    batch.add(Note("workloads", "1", {"id": "1"}, "put"))
    assert [note.change for note in batch.of("nodes")] == ["gone"]
    assert len(batch.of("workloads")) == 1


def test_only_what_was_asked_for_touches() -> None:
    batch = Batch()
    batch.add(Derived("node_healthy", (("n",),), ()))
    assert batch.touches(frozenset({"node_healthy"}))
    assert not batch.touches(frozenset({"nodes"}))


def test_a_resync_touches_everybody_and_survives_merging() -> None:
    first, second = Batch(), Batch()
    second.add(Resync())
    first.merge(second)
    assert first.touches(frozenset())
