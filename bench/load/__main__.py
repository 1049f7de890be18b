"""`python -m bench.load`: measure, keep the figures, and write the page.

The measuring runs in a process of its own with all that it starts, in one group: whatever ends it, nothing is left.
"""

import argparse
import asyncio
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.load.plan import SCALES, SEED, Scale

MEASUREMENTS = ("accepting", "streaming", "memory", "growth", "soak")
"""Modules beside this one."""
ANSWERS = {"streaming", "memory", "growth", "soak"}
"""Of those, the ones that need the shop's knowledge base."""
MEASUREMENT_S_MAX = 1_200.0
"""The longest that one may take, the soak's own time not counted: then something is stuck, and all is ended."""
INSIDE = "BENCH_LOAD_INSIDE"
PR_SET_PDEATHSIG = 1
"""See prctl(2): a signal when the parent dies."""


def main(arguments: list[str]) -> int:
    """0 when everything was measured."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--only", default="", help=f"some of {', '.join(MEASUREMENTS)}, with commas between them")
    parser.add_argument("--scale", choices=sorted(SCALES), default="long", help="long figures are published")
    parser.add_argument("--data", type=Path, default=None, help="keep the figures there, and write no page")
    parser.add_argument("--page", action="store_true", help="only write the page from the figures there are")
    asked = parser.parse_args(arguments)
    names = [name for name in asked.only.split(",") if name] or [*MEASUREMENTS]
    if unknown := set(names) - set(MEASUREMENTS):
        parser.error(f"there is no measurement {', '.join(sorted(unknown))}; there are: {', '.join(MEASUREMENTS)}")
    if asked.page:
        import_module("bench.load.page").write()
        return 0
    if INSIDE not in os.environ:
        return _guarded(arguments)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt), tempfile.TemporaryDirectory(prefix="bridge-load-") as folder:
        asyncio.run(_measure_all(names, SCALES[asked.scale], Path(folder), asked.data))
        return 0
    return 130


def _guarded(arguments: list[str]) -> int:
    """Measure in a group of processes, and end what is left of the group."""
    environ = os.environ | {INSIDE: "1"}
    inside = subprocess.Popen([sys.executable, "-m", "bench.load", *arguments], env=environ, start_new_session=True)

    def hand_on(number: int, _: Any) -> None:
        inside.send_signal(signal.SIGTERM)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, hand_on)
    code = inside.wait()
    with suppress(ProcessLookupError):
        os.killpg(inside.pid, signal.SIGKILL)
    return code


async def _measure_all(names: list[str], scale: Scale, folder: Path, data: Path | None) -> None:
    # Here and not above: whoever only waits for the measuring needs none of it.
    from bench.load import page, results
    from bench.load.machine import measured

    path = data or results.PATH
    about = measured()
    print(f"{about['commit']}, {about['machine']['cores']} cores, load {about['load_before']} before the start")
    if ANSWERS & {*names}:
        await _warm(folder)
    for name in names:
        print(f"== {name} ({scale.name})", flush=True)
        place = folder / name
        place.mkdir()
        if (folder / "index").exists():
            (place / "index").symlink_to(folder / "index")
        about, began = measured(), time.monotonic()
        async with asyncio.timeout(MEASUREMENT_S_MAX + scale.soak_s * (name == "soak")):
            found = await import_module(f"bench.load.{name}").measure(scale, place)
        seconds = round(time.monotonic() - began)
        results.keep(name, about | {"scale": scale.name, "seed": SEED, "seconds": seconds, "result": found}, path)
        print(f"   {seconds} s", flush=True)
        if data is None:
            page.write()


async def _warm(folder: Path) -> None:
    """Have the index built once, and what is learned from it."""
    from bench.load.stage import SQLITE, staged

    async with staged(SQLITE, folder / "first", index=folder / "index"):
        pass


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
