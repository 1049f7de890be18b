"""A program that is spoken to ends with us, however it, or we, end."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from bridge.mcp import process
from tests.fakes.mcp_shops import until

ECHO = "import sys\nfor line in sys.stdin: sys.stdout.write(line); sys.stdout.flush()"
DEAF = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(600)"
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
sys.stdin.read()
"""
OURS = """
import asyncio, sys
from bridge.mcp import process
async def main():
    async with process.started(sys.executable, ["-c", sys.argv[1]], {}, line_bytes_max=1000) as program:
        await program.write(b"hello\\n")
        await program.read()
        print(program._process.pid, flush=True)
        await asyncio.sleep(600)
asyncio.run(main())
"""


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


async def test_lines_go_both_ways_and_a_line_that_is_too_long_is_the_last() -> None:
    async with process.started(sys.executable, ["-c", ECHO], {}, line_bytes_max=1_000) as program:
        await program.write(b"one\n")
        assert await program.read() == b"one\n"
        await program.write(b"x" * 5_000 + b"\n")
        assert await program.read() is None


@pytest.mark.parametrize("program", [ECHO, DEAF])
async def test_it_is_gone_at_the_end_also_when_it_does_not_want_to(program: str) -> None:
    async with process.started(sys.executable, ["-c", program], {}, line_bytes_max=1_000) as running:
        pid = running._process.pid
        if program is DEAF:
            await running.read()
    assert gone(pid)


async def test_it_is_gone_when_we_are_cancelled_in_the_middle_of_its_end() -> None:
    started = asyncio.Event()
    pids: list[int] = []

    async def work() -> None:
        async with process.started(sys.executable, ["-c", DEAF], {}, line_bytes_max=1_000) as running:
            await running.read()
            pids.append(running._process.pid)
            started.set()
            await asyncio.sleep(600)

    task = asyncio.ensure_future(work())
    await started.wait()
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0.1)
    await asyncio.wait([task], timeout=60)
    assert task.cancelled()
    assert gone(pids[0])


async def test_what_it_started_goes_with_it() -> None:
    async with process.started(sys.executable, ["-c", PARENT], {}, line_bytes_max=1_000) as running:
        grandchild = int(await running.read() or b"")
        assert not gone(grandchild)
    await asyncio.wait_for(until(lambda: gone(grandchild)), 30)


async def test_it_ends_when_we_are_killed() -> None:
    ours = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OURS, ECHO, stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    assert ours.stdout
    theirs = int(await ours.stdout.readline())
    assert not gone(theirs)
    os.kill(ours.pid, signal.SIGKILL)
    await ours.wait()
    await asyncio.wait_for(until(lambda: gone(theirs)), 30)


async def test_it_may_talk_on_its_standard_error_and_only_the_end_is_kept() -> None:
    chatter = (
        "import sys\nsys.stderr.write('x' * 300_000 + '\\nthe end\\n')\nprint('done', flush=True)\nsys.stdin.read()"
    )
    async with process.started(sys.executable, ["-c", chatter], {}, line_bytes_max=1_000) as program:
        assert await program.read() == b"done\n"
        await until(lambda: program.last_words.endswith("the end"))
        assert len(program.last_words) <= process.LAST_WORDS_CHARS
