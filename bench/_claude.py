"""Claude's stand-in as a process of its own, which says the same answer to everybody, 60 words a second.

`python -m bench._claude serve WORDS` prints its address; `python -m bench._claude read URL ANSWERS TOGETHER` reads
answers and gives them to nobody: the seconds of CPU that it prints are what Claude's stream takes of a server's.
"""

import asyncio
import subprocess
import sys
import time
from contextlib import AbstractContextManager

from pydantic import SecretStr

from bench._process import stand_in
from bench._words import PER_S
from bridge.brain.claude import Claude
from bridge.brain.marked import MarkedText
from bridge.brain.settings import ClaudeSettings
from bridge.ports import ModelRequest
from tests.fakes.claude_server import KEY, ClaudeServer, say, serving

PIECE_WORDS = 3
"""Words of one event of the stream; the API sends a few tokens together."""
ANSWERS_MAX = 1_000


def claude(words: int) -> AbstractContextManager[str]:
    """Gives the address of the stand-in."""
    return stand_in("bench._claude", "serve", str(words))


def cost_s(url: str, answers: int, together: int) -> float:
    """Seconds of CPU to read an answer, without anything that is done with it."""
    command = [sys.executable, "-m", "bench._claude", "read", url, str(answers), str(together)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    return float(done.stdout) / answers


async def _serve(words: int) -> None:
    pieces = [
        "".join(_word(number, words) for number in range(start, min(words, start + PIECE_WORDS)))
        for start in range(0, words, PIECE_WORDS)
    ]
    server = ClaudeServer(piece_s=PIECE_WORDS / PER_S)
    server.play(*[say(*pieces)] * ANSWERS_MAX)
    async with serving(server):
        print(server.url, flush=True)
        await asyncio.Event().wait()


def _word(number: int, words: int) -> str:
    """A word of some prose, with emphasis and paragraphs."""
    word = f"**w{number}**" if number % 20 == 7 else f"w{number}"
    if number == words - 1 or number % 12 == 11:
        word += "."
    return word + ("\n\n" if number % 60 == 59 else " ")


async def _read(url: str, answers: int, together: int) -> None:
    client = Claude(ClaudeSettings(base_url=url), SecretStr(KEY))
    request = ModelRequest(system="You are kind. " * 200, question="Why?", facts="It is Friday.")
    await client.complete(request, MarkedText(lambda _: None))
    before = time.process_time()
    for _ in range(0, answers, together):
        await asyncio.gather(*(client.complete(request, MarkedText(lambda _: None)) for _ in range(together)))
    print(time.process_time() - before)
    await client.aclose()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", words]:
            asyncio.run(_serve(int(words)))
        case ["read", url, answers, together]:
            asyncio.run(_read(url, int(answers), int(together)))
