"""How fast messages are made safe and acknowledged: `POST /widget/messages` on SQLite, through real HTTP.

The server is a process of its own and answers the messages meanwhile, from an empty knowledge base: one turn at a time,
which leaves the processors to the acknowledgements, and as many as it may. The client speaks HTTP over plain sockets,
so that it takes little of the processors. Every 202 is looked up in the database afterwards.
"""

import asyncio
import json
import sqlite3
import tempfile
import time
from pathlib import Path

from bench._process import quantile, serving

CONNECTIONS = 32
MESSAGES = 400
"""On each connection, one after the other, in a conversation of its own."""
ROUNDS = 3
SETTINGS = {
    "BRIDGE_STORE__URL": "sqlite:///bridge.db",
    "BRIDGE_CHANNELS__WIDGET__MESSAGES_BURST": "10000000",
    "BRIDGE_CHANNELS__WIDGET__SESSIONS_BURST": "10000000",
    "BRIDGE_SERVER__LOG_LEVEL": "warning",
}
TARGET = "target: 1,500 a second, p99 under 60 ms"


def run() -> None:
    """Measure and print."""
    print(f"{CONNECTIONS} connections, each {MESSAGES} messages one after the other; {TARGET}")
    for turns_max, words in ((1, "while one turn at a time is answered"), (64, "while up to 64 turns are answered")):
        rounds = [_round(turns_max) for _ in range(ROUNDS)]
        print(f"  {words}: " + "; ".join(rounds))


def _round(turns_max: int) -> str:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "kb").mkdir()
        with serving(folder, **SETTINGS, BRIDGE_SERVER__TURNS_MAX=str(turns_max)) as url:
            seconds, times, turns = asyncio.run(_load(url))
        lost = _lost(folder / "bridge.db", len(times), turns)
    rate = len(times) / seconds
    p50, p99 = (1000 * quantile(times, share) for share in (0.5, 0.99))
    return f"{rate:,.0f}/s, p50 {p50:.0f} ms, p99 {p99:.0f} ms, {lost} lost"


async def _load(url: str) -> tuple[float, list[float], set[str]]:
    """Seconds it took, the time of each message, and the turns that were promised."""
    host, _, port = url.removeprefix("http://").partition(":")
    clients = [await _Client.connect(host, int(port)) for _ in range(CONNECTIONS)]
    for client in clients:
        await client.begin()
    started = time.perf_counter()
    await asyncio.gather(*(client.talk() for client in clients))
    seconds = time.perf_counter() - started
    for client in clients:
        client.writer.close()
    return seconds, [t for client in clients for t in client.times], set().union(*(c.turns for c in clients))


class _Client:
    """One connection that is kept open."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.times: list[float] = []
        self.turns: set[str] = set()
        self._token = ""

    @classmethod
    async def connect(cls, host: str, port: int) -> "_Client":
        return cls(*await asyncio.open_connection(host, port))

    async def begin(self) -> None:
        status, body = await self._post("/widget/session", b"{}")
        assert status == 200, body
        self._token = json.loads(body)["token"]

    async def talk(self) -> None:
        for number in range(MESSAGES):
            message = json.dumps({"client_msg_id": str(number), "text": f"Where is parcel {number}?"}).encode()
            started = time.perf_counter()
            status, body = await self._post("/widget/messages", message)
            self.times.append(time.perf_counter() - started)
            assert status == 202, (status, body)
            self.turns.add(json.loads(body)["turn_id"])

    async def _post(self, path: str, body: bytes) -> tuple[int, bytes]:
        head = (
            f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self._token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        if not self._token:
            head = head.replace("Authorization: Bearer \r\n", "")
        self.writer.write(head.encode() + body)
        answer = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        length = int(answer.partition("Content-Length: ")[2].partition("\r\n")[0])
        return int(answer[9:12]), await self.reader.readexactly(length)


def _lost(path: Path, messages: int, turns: set[str]) -> int:
    """Acknowledged messages and turns that the database does not have."""
    with sqlite3.connect(path) as database:
        (kept,) = database.execute("SELECT count(*) FROM inbox").fetchone()
        known = {turn for (turn,) in database.execute("SELECT id FROM turns")}
    database.close()
    return max(0, messages - int(kept)) + len(turns - known)


if __name__ == "__main__":
    run()
