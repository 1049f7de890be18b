"""`python -m bench._serve`: the server as in production, on SQLite, except that a script writes the answers where there
is no key for Claude.

On SIGUSR1 it prints the seconds of CPU that the process has used; with BENCH_PROFILE it writes a profile there.
"""

import asyncio
import cProfile
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import uvloop

from bench._words import speak
from bridge import app, config, parts
from bridge.commands.serve import THREAD_SWITCH_S
from tests.fakes.server import FunctionBrain


async def main() -> None:
    sys.setswitchinterval(THREAD_SWITCH_S)
    settings = config.read(Path("config.toml"), dict(os.environ))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def ready(url: str, _: dict[str, Any]) -> None:
        loop.add_signal_handler(signal.SIGUSR1, lambda: print(time.process_time(), flush=True))
        print(f"bridge is ready: {url}", flush=True)

    if "ANTHROPIC_API_KEY" in settings.secrets:
        await app.serve(settings, progress=lambda done, chunks: None, ready=ready)
        return
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    async with parts.store(settings) as store:
        made = parts.Parts(store=store, brain=FunctionBrain(speak), apology=lambda turn: "Sorry, that went wrong.")
        await app.run(settings, made, ready=ready, stop=stop)


def run() -> None:
    """Serve on the event loop of `bridge serve`."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


if __name__ == "__main__":
    if path := os.environ.get("BENCH_PROFILE"):
        with cProfile.Profile() as profile:
            run()
        profile.dump_stats(path)
    else:
        run()
