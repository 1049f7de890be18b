"""Claude's stand-in for load: the wire form of `tests/fakes/claude_server.py` at a model's pace, and little of the
processors, because it shares them with what is measured.

It quotes the search results that it is sent, as many words as it is told, and cites them: so every check of an answer
has its usual work. `python -m bench.load.model WORDS` prints its address.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import Iterator
from typing import Any, cast

import uvloop

from tests.fakes import claude_rules, claude_tools
from tests.fakes.claude_composed import compose
from tests.fakes.claude_server import OUTAGES, Answer, Block, ClaudeServer, Event, say

PER_S = 60.0
"""Words a second, about as a fast model writes."""
TOGETHER = 3
"""Words of one event of the stream: the API sends a few tokens together."""
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
_END = b"0\r\n\r\n"
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


class Model:
    """Mutable: whether it is out of order, and how many answers it gave."""

    def __init__(self, words: int) -> None:
        self.words = words
        self.answers = 0
        self._fake = ClaudeServer()
        self._outage: tuple[int, ...] = ()
        self._outage_until = 0.0
        self._refused = 0

    def refusal(self) -> claude_rules.Refusal | None:
        if time.monotonic() >= self._outage_until:
            return None
        self._refused += 1
        return OUTAGES[self._outage[self._refused % len(self._outage)]]

    def refuse(self, statuses: list[int], seconds: float) -> None:
        self._outage, self._outage_until = tuple(statuses), time.monotonic() + seconds

    def events(self, body: dict[str, Any]) -> list[Event]:
        """The answer to a request as the API streams it."""
        self.answers += 1
        return [step for step in self._fake.events(body, self._answer(body)) if isinstance(step, Event)]

    def _answer(self, body: dict[str, Any]) -> Answer:
        results = claude_rules.search_results(body)
        if body.get("output_config", {}).get("format") or not results:
            return compose(body)
        blocks = []
        left = self.words
        for number, result in enumerate(results):
            # A block a sentence, as the API cites.
            for sentence in _SENTENCE.split(result["content"][0]["text"]):
                words = sentence.split(" ")[:left]
                left -= len(words)
                pieces = (" ".join(words[at : at + TOGETHER]) + " " for at in range(0, len(words), TOGETHER))
                blocks.append(Block(tuple(pieces), (number,)))
                if left <= 0:
                    return Answer(tuple(blocks))
        return Answer(tuple(blocks))

    def whole(self, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request that asks for no stream."""
        if body["max_tokens"] == 0:
            events = self._fake.events(body, say(stop_reason="max_tokens"))
        else:
            events = [*self.events(body)]
        data = [step.data for step in events if isinstance(step, Event)]
        message: dict[str, Any] = data[0]["message"]
        stopped = next(one for one in data if one["type"] == "message_delta")
        usage = message["usage"] | stopped["usage"]
        content = claude_tools.assembled(data)
        return message | {"content": content, "stop_reason": stopped["delta"]["stop_reason"], "usage": usage}


class Connection(asyncio.Protocol):
    """One request at a time on a connection that is kept open. Mutable."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._read = bytearray()
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's own class

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._timer:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._read += data
        end = self._read.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._read[:end].decode("latin-1")
        fields = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in head.split("\r\n"))}
        whole = end + 4 + int(fields.get("content-length", 0))
        if len(self._read) < whole:
            return
        body = bytes(self._read[end + 4 : whole])
        del self._read[:whole]
        method, path, _ = head.split(" ", 2)
        self._answer(method, path.partition("?")[0], json.loads(body) if body else {})

    def _answer(self, method: str, path: str, body: dict[str, Any]) -> None:
        if path == "/outage":
            self._model.refuse(body["statuses"], body["seconds"])
            self._whole(200, {})
        elif refusal := self._model.refusal():
            self._whole(refusal.status, refusal.body("req_1"))
        elif method == "POST" and path == "/v1/messages" and body.get("stream"):
            assert self._transport is not None
            self._transport.write(_HEAD)
            self._next(_chunks(self._model.events(body)), asyncio.get_running_loop().time())
        elif method == "POST" and path == "/v1/messages":
            self._whole(200, self._model.whole(body))
        elif method == "POST" and path == "/v1/messages/count_tokens":
            self._whole(200, {"input_tokens": len(json.dumps(body)) // 4})
        else:
            self._whole(404, {"type": "error", "error": {"type": "not_found_error", "message": path}})

    def _next(self, chunks: Iterator[tuple[bytes, bool]], due: float) -> None:
        """Write up to the next word's time; what was held up is made up for."""
        loop = asyncio.get_running_loop()
        for chunk, timed in chunks:
            if self._transport is None:
                return  # the reader left
            self._transport.write(chunk)
            if timed:
                due += TOGETHER / PER_S
                self._timer = loop.call_at(due, self._next, chunks, due)
                return

    def _whole(self, status: int, body: dict[str, Any]) -> None:
        raw = json.dumps(body).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
        assert self._transport is not None
        self._transport.write(head.encode() + raw)


def _chunks(events: list[Event]) -> Iterator[tuple[bytes, bool]]:
    """Each with whether the model takes its time for it; what it does not is sent together with what follows."""
    held = b""
    for event in events:
        raw = f"event: {event.name}\ndata: {json.dumps(event.data)}\n\n".encode()
        held += b"%x\r\n%s\r\n" % (len(raw), raw)
        if event.name == "content_block_delta":
            yield held, event.data["delta"]["type"] == "text_delta"
            held = b""
    yield held + _END, False


async def _main(words: int) -> None:
    model = Model(words)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(model), "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_main(int(sys.argv[1])))
