"""Markdown: what healing, splitting and each dialect cost for a draft of 2,000 characters, and for a long answer.

One text of the kinds of blocks that answers have, cut at that length in the middle of its emphasis. Medians of runs in
processor time, one after another in one process. Parsing is what a dialect costs at least: it comes first in the table.
"""

import statistics
import time
from collections.abc import Callable

from bridge.markdown.entities import entities, utf16
from bridge.markdown.heal import heal, settled
from bridge.markdown.marks import marks
from bridge.markdown.mrkdwn import fallback, mrkdwn
from bridge.markdown.parse import MARKDOWN, parse
from bridge.markdown.plain import plain
from bridge.markdown.safe import safe
from bridge.markdown.split import split

DRAFT_CHARS = 2_000
LONG_CHARS = 20_000
TELEGRAM_MAX = 4_096
SLACK_MAX = 12_000
RUNS = 60
HOSTS = ("shop.example",)

_ANSWER = """You can **return** your bike within 30 days, for *any* reason [1]. See our
[returns page](https://shop.example/returns) for the details, or use `RETURN-24` in the app.

- First open **your orders** in the app
- Then press *Return* and choose a reason
  - Too large, too small
  - Something else
- Print the label

| Size | Height | Price |
|---|---:|---:|
| M | 165 cm | 899 € |
| L | 175 cm | 929 € |

1. We check the bike within two days.
2. The money is back on your account within five [2].

"""


def run() -> None:
    """Print every figure with how it was measured."""
    draft = (_ANSWER * 9)[: DRAFT_CHARS - 10] + " and **half"
    no_links = draft.replace("](https://shop.example/returns)", "").replace("[returns", "returns")
    parse_s = _median(lambda: parse.__wrapped__(draft))
    print(f"A draft of {DRAFT_CHARS:,} characters; in brackets, as a share of one parse.")
    print("The dialects write what is parsed already: delivery measures a draft, then it is written.\n")
    for name, tool in {
        "parse": lambda: parse.__wrapped__(draft),
        "of that, markdown-it-py": lambda: MARKDOWN.parse(draft),
        "heal": lambda: heal.__wrapped__(draft),
        "settled": lambda: settled(draft),
        "split, fits": lambda: split(draft, SLACK_MAX, len),
        "plain": lambda: plain(draft),
        "Slack: safe, with links": lambda: safe(draft, HOSTS),
        "Slack: safe, without links": lambda: safe(no_links, HOSTS),
        "Slack: mrkdwn": lambda: mrkdwn(draft, HOSTS),
        "Slack: fallback": lambda: fallback(draft),
        "Slack: fallback, 200 bytes": lambda: fallback(draft, 200),
        "Telegram: entities": lambda: entities(draft, HOSTS),
        "WhatsApp: marks": lambda: marks(draft, HOSTS),
    }.items():
        seconds = _median(tool)
        print(f"  {name:28} {seconds * 1e3:7.3f} ms  ({seconds / parse_s:5.2f})")
    _long()


def _long() -> None:
    answer = (_ANSWER * 60)[:LONG_CHARS]
    calls = 0

    def telegram(page: str) -> int:
        nonlocal calls
        calls += 1
        return utf16(entities(page, HOSTS)[0])

    print(f"\nAn answer of {LONG_CHARS:,} characters in pages")
    for name, size, size_max in (
        ("Slack, by length", len, SLACK_MAX),
        ("Telegram, by rendered length", telegram, TELEGRAM_MAX),
    ):
        pages = split(answer, size_max, size)
        calls = 0
        seconds = _median(lambda size=size, size_max=size_max: split(answer, size_max, size), runs=5)  # type: ignore[misc]
        asked = f", {calls / 6 / len(pages):.1f} measurements a page" if calls else ""
        print(f"  {name:28} {seconds * 1e3:7.1f} ms for {len(pages)} pages{asked}")


def _median(tool: Callable[[], object], runs: int = RUNS) -> float:
    tool()
    times = []
    for _ in range(runs):
        started = time.process_time()
        tool()
        times.append(time.process_time() - started)
    return statistics.median(times)
