"""Runs a command beside a workload: in its cgroup, environment and directory, bounded in time and output."""

import asyncio
import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import Final

from mxc.agent.runtimes.supervisor import enter, read_json
from mxc.protocol import ExecResult

_OUTPUT_BYTES: Final = 1024 * 1024
_BLOCK: Final = 64 * 1024


async def run_beside(place: Path, command: list[str], timeout_s: float) -> ExecResult:
    """`place` is the workload's directory. A command that cannot run gives 127 and says why on stderr."""
    spec = read_json(str(place / "spec.json"))

    def become() -> None:
        for group in spec["groups"]:
            enter(group)

    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=spec["cwd"],
            env=spec["env"],
            start_new_session=True,
            preexec_fn=become,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        return ExecResult(exit_code=127, stdout=b"", stderr=f"{command[0]}: {reason}\n".encode())
    return await _finish(process, timeout_s)


async def _finish(process: asyncio.subprocess.Process, timeout_s: float) -> ExecResult:
    """Read both outputs until it ends; when time is up kill its whole group."""
    assert process.stdout is not None
    assert process.stderr is not None
    out, err = bytearray(), bytearray()
    reading = asyncio.gather(_collect(process.stdout, out), _collect(process.stderr, err), process.wait())
    is_timeout = False
    cuts: tuple[bool, bool] = (True, True)
    try:
        cut_out, cut_err, _ = await asyncio.wait_for(reading, timeout_s)
        cuts = (cut_out, cut_err)
    except TimeoutError:
        is_timeout = True
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    code = await process.wait()
    return ExecResult(
        exit_code=code if code >= 0 else 128 - code,
        stdout=bytes(out),
        stderr=bytes(err),
        is_truncated=any(cuts),
        is_timeout=is_timeout,
    )


async def _collect(stream: asyncio.StreamReader, into: bytearray) -> bool:
    """Keep the first megabyte, read and drop the rest so that the command is never blocked; was it cut?"""
    is_cut = False
    while data := await stream.read(_BLOCK):
        room = _OUTPUT_BYTES - len(into)
        into += data[:room]
        is_cut = is_cut or len(data) > room
    return is_cut
