"""The core's clock: wall time at the start, monotonic from there on."""

from datetime import UTC, datetime

from mxc.server.kernel.facts.clock import Clock


def test_a_wall_clock_that_jumps_changes_nothing() -> None:
    wall, monotonic = [1_700_000_000.0], [50.0]
    clock = Clock(lambda: wall[0], lambda: monotonic[0])
    wall[0] -= 86_400
    monotonic[0] += 12.5
    assert clock.unix() == 1_700_000_012.5
    assert clock.now() == datetime.fromtimestamp(1_700_000_012.5, UTC)
    assert clock.started == 1_700_000_000.0
