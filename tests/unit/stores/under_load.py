"""A process that works on a SQLite store as fast as it can and says on its standard output what it was promised.

`A event_id` a message was accepted, `F turn_id` a turn was finished, `L id` a log entry was appended,
`P id` a parcel was kept together with another.
"""

import asyncio
import os
import sys
from pathlib import Path

from bridge.stores.sqlite import Settings, SqliteStore, build
from tests.contract.stores import answered, message, must_claim, parcel

SENDERS = 12
WORKERS = 4
CONVERSATIONS = 10


def say(line: str) -> None:
    os.write(sys.stdout.fileno(), f"{line}\n".encode())


async def send(store: SqliteStore, life: str, sender: int) -> None:
    for n in range(1_000_000):
        inbound = message(f"{life}-{sender}-{n}", f"key{(sender + n) % CONVERSATIONS}", text="x" * 300)
        await store.accept(inbound)
        say(f"A {inbound.event_id}")


async def work(store: SqliteStore) -> None:
    while True:
        claim = await must_claim(store, wait_s=60.0)
        entry = await store.append("log", "y" * 200, claim=claim)
        say(f"L {entry}")
        await store.finish(claim, answered(claim, "z" * 500))
        say(f"F {claim.turn.id}")
        await store.enqueue(parcel(f"{claim.turn.id}.1"), parcel(f"{claim.turn.id}.2"))
        say(f"P {claim.turn.id}.1")


async def main(path: Path, life: str) -> None:
    async with build(Settings(url=f"sqlite:///{path}")) as store, asyncio.TaskGroup() as group:
        for sender in range(SENDERS):
            group.create_task(send(store, life, sender))
        for _ in range(WORKERS):
            group.create_task(work(store))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
