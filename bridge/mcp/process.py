"""A program that is spoken to in lines over its standard input and output.

It gets a session of its own, so that a Ctrl-C in our terminal is not meant for it, and ends with its input: also when
we are killed the system closes that. Nothing it writes can be longer than we say.
"""

import asyncio
import os
import signal
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from bridge.errors import BackendUnavailable
from bridge.tools.execution import uninterrupted

END_S = 2.0
"""So long a program may take to end after its input did, and again after SIGTERM."""
INHERITED = ("HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER")
"""What a program gets of our environment, besides what it is given by name."""
LAST_WORDS_LINES = 20
LAST_WORDS_CHARS = 500
"""What is kept of what a program says on its standard error."""
ERROR_LINE_BYTES_MAX = 4_096


class Process:
    """A running program. Made by `started`."""

    def __init__(self, process: asyncio.subprocess.Process, said: deque[str]) -> None:
        self._process = process
        self._said = said

    @property
    def last_words(self) -> str:
        """The end of what it said on its standard error."""
        return "\n".join(self._said)[-LAST_WORDS_CHARS:]

    async def read(self) -> bytes | None:
        """The next line; None when there is no other, or it is too long to be read."""
        assert self._process.stdout
        try:
            return await self._process.stdout.readuntil(b"\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            return None

    async def write(self, line: bytes) -> None:
        """May raise OSError when the program is gone."""
        assert self._process.stdin
        self._process.stdin.write(line)
        await self._process.stdin.drain()


@asynccontextmanager
async def started(
    command: str, args: Sequence[str], env: Mapping[str, str], *, line_bytes_max: int
) -> AsyncIterator[Process]:
    """The program, running; at the end it and all that it started in its session is gone. May raise
    BackendUnavailable."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    try:
        process = await asyncio.create_subprocess_exec(
            command,
            *args,
            env=inherited | dict(env),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=line_bytes_max,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise BackendUnavailable(f"there is no program {command!r}; look at `command`", unknown=False) from error
    except (OSError, ValueError) as error:
        raise BackendUnavailable(f"cannot be started: {type(error).__name__}", unknown=False) from error
    said: deque[str] = deque(maxlen=LAST_WORDS_LINES)
    listening = asyncio.ensure_future(_listen(process, said))
    try:
        yield Process(process, said)
    finally:
        try:
            await uninterrupted(_end(process))  # it has a limit of its own
        finally:
            listening.cancel()
            await asyncio.wait([listening])


async def _listen(process: asyncio.subprocess.Process, said: deque[str]) -> None:
    """Keep the newest of what it says on its standard error; it must never have to wait for us."""
    assert process.stderr
    while part := await process.stderr.read(ERROR_LINE_BYTES_MAX):
        said.extend(part.decode(errors="replace").splitlines()[-LAST_WORDS_LINES:])


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close its input, then ask the whole session to go, then make it."""
    assert process.stdin
    assert process.stdout
    process.stdin.close()
    draining = asyncio.ensure_future(_drain(process.stdout))
    try:
        if not await _gone(process):
            _signal(process, signal.SIGTERM)
            await _gone(process)
        # Also for what outlived the program itself in its session.
        _signal(process, signal.SIGKILL)
        await _gone(process)
    finally:
        draining.cancel()
        await asyncio.wait([draining])
        transport = getattr(process, "_transport", None)
        if transport is not None:
            transport.close()


async def _drain(stdout: asyncio.StreamReader) -> None:
    """A program that still writes could not end."""
    while await stdout.read(65_536):
        pass


async def _gone(process: asyncio.subprocess.Process) -> bool:
    """Not by `wait`, which also waits for pipes that a grandchild may hold open."""
    for _ in range(int(END_S / 0.02)):
        if process.returncode is not None:
            return True
        await asyncio.sleep(0.02)
    return False


def _signal(process: asyncio.subprocess.Process, number: int) -> None:
    """To its whole session, whose number is the program's own."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
