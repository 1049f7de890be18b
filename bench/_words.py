"""Answers whose words tell when they were written, and what people saw of them.

The first word is the machine's clock (`t81234567`, milliseconds) when the answer began; word n is due n / 60 seconds
later, whatever holds the server up: a delay in our own process counts as lag, as it would for a model's words.
"""

import asyncio
import re
import subprocess
import sys
import time
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate

from bridge.ports import Emit
from bridge.types import Address, Conversation, Inbound, Outcome, Reply, Sender, TextDelta, Turn, TurnId, new_id

PER_S = 60.0
_SENTENCE, _PARAGRAPH = 12, 60
_BEGAN = re.compile(r"\bt(\d+)\b")
_WORD = re.compile(r"\bw(\d+)\b")


def question(words: int, *, together: int = 1) -> str:
    """Asks for so many words, so many `together` as Claude's API sends some in one event."""
    return f"Tell me more, {together} at a time, in {words} words."


async def speak(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
    """Plays the brain: as many words as the question says, 60 a second, with some Markdown."""
    together, words = map(int, re.findall(r"\d+", turn.question))
    began = time.monotonic()
    text = ""
    for first in range(0, words, together):
        newest = min(words, first + together)
        await asyncio.sleep(began + (newest - 1) / PER_S - time.monotonic())
        piece = "".join(_word(number, began, last=number == words - 1) for number in range(first, newest))
        text += piece
        emit(TextDelta(piece))
    return Reply(text=text, outcome=Outcome.ANSWERED, rung="words")


def _word(number: int, began: float, *, last: bool) -> str:
    word = f"t{round(began * 1000)}" if number == 0 else f"w{number}"
    if number % 20 == 7:
        word = f"**{word}**"
    if last or number % _SENTENCE == _SENTENCE - 1:
        word += "."
    if last:
        return word
    return word + ("\n\n" if number % _PARAGRAPH == _PARAGRAPH - 1 else " ")


def cost_s(answers: int, together: int, asked: str) -> float:
    """Seconds of CPU that an answer of the script takes by itself, in a process of its own: mostly waking up for each
    piece, so no share of the server's."""
    program = f"from bench._words import spoken; spoken({answers}, {together}, {asked!r})"
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, check=True, text=True)
    return float(done.stdout) / answers


def spoken(answers: int, together: int, asked_for: str) -> None:
    """Speak to nobody, and print the seconds of CPU."""
    address = Address("nobody", "room")
    asked = Inbound(event_id="", address=address, sender=Sender(""), text=asked_for, received_at=datetime.now(UTC))
    turn = Turn(id=TurnId(new_id()), conversation_id=address.conversation_id, inbounds=(asked,))
    nothing = Conversation(id=address.conversation_id)

    async def one(place: int) -> None:
        await asyncio.sleep(place / together / PER_S)
        await speak(turn, nothing, lambda event: None)

    async def all_of_them() -> None:
        for _ in range(0, answers, together):
            await asyncio.gather(*(one(place) for place in range(together)))

    before = time.process_time()
    asyncio.run(all_of_them())
    print(time.process_time() - before)


@dataclass(frozen=True, slots=True)
class Seen:
    """What people saw of an answer, in seconds."""

    first_s: float
    """From the first word's writing to any text."""
    mean_s: float
    """From a word's writing to its showing, on average over the words."""
    last_s: float
    """The same of the last word."""
    complete_s: float
    """From the last word's writing to the final edit."""
    whole_s: float
    """From the question to the final edit."""


def seen(words: int, versions: Sequence[tuple[float, str]], asked_at: float, final_at: float) -> Seen | None:
    """`versions` are what showed from when on, by time.monotonic; None when a word is missing."""
    began = next((int(found[1]) / 1000 for _, text in versions if (found := _BEGAN.search(text))), None)
    shown = [max((int(number) for number in _WORD.findall(text)), default=0) for _, text in versions]
    shown = list(accumulate(shown, max))
    if began is None or not shown or shown[-1] != words - 1:
        return None
    lags = [versions[bisect_left(shown, n)][0] - (began + n / PER_S) for n in range(words)]
    last_written_at = began + (words - 1) / PER_S
    return Seen(
        first_s=versions[0][0] - began,
        mean_s=sum(lags) / len(lags),
        last_s=lags[-1],
        complete_s=final_at - last_written_at,
        whole_s=final_at - asked_at,
    )
