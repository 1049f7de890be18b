"""`bridge serve` is over when its work is over."""

import subprocess
import sys
import time

from bridge.commands.serve import ending

BLOCKED_S = 60
SCRIPT = f"""
import asyncio, time
from bridge.commands.serve import ending

async def work():
    asyncio.get_running_loop().run_in_executor(None, time.sleep, {BLOCKED_S})
    print("done", end="")

with ending(0.2) as all_is_over, asyncio.Runner() as runner:
    runner.run(work())
    all_is_over()
"""


def test_a_thread_that_waits_for_what_does_not_answer_keeps_no_process() -> None:
    ended = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=BLOCKED_S - 5)
    assert (ended.returncode, ended.stdout) == (0, "done")


def test_what_ends_in_time_goes_on_to_its_end() -> None:
    with ending(0.2) as all_is_over:
        all_is_over()
    time.sleep(0.4)  # the process is still here
