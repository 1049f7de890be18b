"""`bridge serve`: start the server and say where it is."""

import argparse
import asyncio
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import uvloop

from bridge import app
from bridge.commands import GOOD, out
from bridge.commands._bar import bar
from bridge.config import Config
from bridge.roles import DUTIES

PORT_MAX = 65_535
THREAD_SWITCH_S = 0.0005
"""How long a busy thread keeps the interpreter while another waits for it. Python's 5 ms are long for a loop that
acknowledges messages, and for the thread that writes them: each of its statements gives the interpreter away."""
CLOSE_S = 5.0
"""When all is over, threads may still wait: for a name server that does not answer, for half a minute. So long they are
waited for."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=_port, help="listen here instead of server.port")
    parser.add_argument(
        "--role", choices=DUTIES, help="do a part of the work, beside processes that share the store; all"
    )


def run(args: argparse.Namespace, config: Config) -> int:
    """Serve until stopped by a signal."""

    def ready(url: str, status: dict[str, Any]) -> None:
        role = config.server.role
        widget = config.channels.get("widget")
        shown = ["demo page"] if widget and widget.settings.demo_page and DUTIES[role].routes else []
        what = ", ".join([*([] if role == "all" else [role]), *shown])
        out.print(f"bridge is ready: [bold]{url}[/bold]{f' ({what})' if what else ''}", soft_wrap=True)
        if "index" in status:
            knowledge(status)
        if "models" in status:
            answers(status)

    def knowledge(status: dict[str, Any]) -> None:
        folder, chunks = config.knowledge.path, status["index"]["chunks"]
        empty = f"{folder}/ is empty; put Markdown files there, no restart needed"
        if not status["index"]["ready"]:
            empty = "none yet; waits until another process has built the index"
        out.print(f"  knowledge: {f'{chunks} chunks from {folder}/' if chunks else empty}")

    def answers(status: dict[str, Any]) -> None:
        if "claude" in status["models"]["rungs"]:
            out.print("  answers:   written by Claude from the knowledge base")
        else:
            out.print(
                "  answers:   quoted from the knowledge base; set ANTHROPIC_API_KEY and Claude writes them",
                soft_wrap=True,
            )

    sys.setswitchinterval(THREAD_SWITCH_S)
    with (
        bar("reading the knowledge base") as progress,
        ending() as all_is_over,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        with suppress(asyncio.CancelledError):
            runner.run(app.serve(config, progress=progress, ready=ready))
        all_is_over()
    return GOOD


@contextmanager
def ending(within_s: float = CLOSE_S) -> Iterator[Callable[[], None]]:
    """Once it is called that all is over, the body has so long to end; then the process does, as one that ended well.
    A loop that is closed waits for its threads, however long what they ask does not answer."""
    clock = threading.Timer(within_s, _end)
    clock.daemon = True
    try:
        yield clock.start
    finally:
        clock.cancel()


def _end() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(GOOD)


def _port(value: str) -> int:
    if not (value.isascii() and value.isdigit() and int(value) <= PORT_MAX):
        raise argparse.ArgumentTypeError(f"must be a number from 0 to {PORT_MAX}")
    return int(value)
