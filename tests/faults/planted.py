"""The server with one bug planted, to show that the checker sees it: `python -m tests.faults.planted BUG`.

Nothing of the server is patched: the bugs are subclasses of its parts, put together here. The brain is scripted, so
that it starts quickly; `none` is the same server without a bug. Those of the store on Redis are in `planted_redis.py`.
"""

import asyncio
import itertools
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from bridge import app, config, parts
from bridge.channels.slack.channel import SlackChannel
from bridge.channels.widget.events import entry, log_name
from bridge.ports import Accepted, Claim, Emit, Entry, Page
from bridge.stores._mailboxes import Mailboxes
from bridge.stores.sqlite import Settings, SqliteStore
from bridge.stores.sqlite.files import only_server, open_for_writing
from bridge.stores.sqlite.writer import Writer
from bridge.types import (
    Address,
    Conversation,
    ConversationId,
    Inbound,
    MessageRef,
    Outcome,
    Reply,
    TextDelta,
    Turn,
    new_id,
)
from tests.fakes.server import FunctionBrain
from tests.faults import planted_redis

WORD_S = 0.01
EARLY_S = 0.4
"""How long before its commit the eager writer gives results out."""
LEASE_S = 0.3


async def echo_slowly(turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
    """Says what it was asked, word by word."""
    text = f"You asked: {turn.question} " + "That is a good question, and this is a long answer. " * 4
    for word in text.split(" "):
        emit(TextDelta(word + " "))
        await asyncio.sleep(WORD_S)
    return Reply(text=text + " ", outcome=Outcome.ANSWERED, rung="echo")


# ---------------------------------------------------------------- bugs


class EagerWriter(Writer):
    """Tells before the commit."""

    def _commit(self, batch: list[Any]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        for job in batch:
            self._work(job)
        self._loop.call_soon_threadsafe(self._give_out, batch)
        time.sleep(EARLY_S)
        self._connection.execute("COMMIT")

    def _give_out(self, batch: list[Any]) -> None:
        super()._give_out([job for job in batch if not job.future.done()])


class NoFence(Mailboxes):
    """Leases end almost at once, and nobody asks whose turn it is."""

    def next(self, now: float, lease_s: float) -> Any:
        return super().next(now, LEASE_S)

    def check(self, claim: Claim) -> None:
        return None

    def begin_end(self, claim: Claim) -> None:
        return None

    def renew(self, claim: Claim, until: float) -> None:
        return None

    def release(self, conversation: ConversationId, fence: int, **named: Any) -> None:
        if box := self._boxes.get(conversation):
            box.fence = fence
        super().release(conversation, fence, **named)


class NewestFirst(Mailboxes):
    """The turns of a conversation that wait change places."""

    def release(self, *args: Any, **named: Any) -> None:
        super().release(*args, **named)
        if (box := self._boxes.get(args[0])) and not box.fence:
            box.turns.reverse()


class NoDedupe(SqliteStore):
    """Takes a message that comes again for a new one."""

    async def accept(self, inbound: Inbound) -> Accepted:
        return await super().accept(replace(inbound, event_id=f"{inbound.event_id}:{new_id()}"))


class LosesWaiting(SqliteStore):
    """Forgets at start what was not finished."""

    async def start(self) -> None:
        await super().start()
        self._boxes._boxes.clear()


class FinishesInMemory(SqliteStore):
    """A finished turn is not written down, and nothing else stops a second answer."""

    async def finish(self, claim: Claim, turn: Turn) -> None:
        self._boxes.begin_end(claim)
        self._boxes.give_back(claim, free_at=0.0, finished=True)

    async def append(self, log: str, *bodies: str, key: str | None = None, claim: Claim | None = None) -> int:
        return await super().append(log, *bodies, claim=claim)


class EditsAfterFinish(SqliteStore):
    """A last edit, late."""

    async def finish(self, claim: Claim, turn: Turn) -> None:
        await super().finish(claim, turn)
        late = entry("delta", {"turn_id": turn.id, "text": "late"})
        await self.append(log_name(turn.address.key), late)


class RepeatsItself(SqliteStore):
    """Every seventh piece of an answer goes out twice."""

    count = itertools.count(1)

    async def append(self, log: str, *bodies: str, key: str | None = None, claim: Claim | None = None) -> int:
        if key is None and bodies[0].startswith("delta\n") and next(self.count) % 7 == 0:
            await super().append(log, *bodies, claim=claim)
        return await super().append(log, *bodies, key=key, claim=claim)


class SkipsEntries(SqliteStore):
    """From the tenth entry on, ids are one too high, so readers go on behind one they never got."""

    async def read(self, log: str, *, after: int, limit: int, wait_s: float = 0.0) -> Sequence[Entry]:
        entries = await super().read(log, after=after, limit=limit, wait_s=wait_s)
        return [Entry(kept.id + (kept.id >= 10), kept.body) for kept in entries]


class AnswersOfStrangers(SqliteStore):
    """What belongs to another conversation is shown in this one."""

    async def finish(self, claim: Claim, turn: Turn) -> None:
        await super().finish(claim, turn)
        foreign = entry("done", {"turn_id": new_id(), "text": "", "citations": [], "outcome": "answered"})
        await self.append(log_name(turn.address.key), foreign)


class ForgetsMessages(SqliteStore):
    """When a turn holds several messages, the last is left out."""

    async def claim(self, *, lease_s: float, wait_s: float) -> Claim | None:
        claim = await super().claim(lease_s=lease_s, wait_s=wait_s)
        if claim and len(claim.turn.inbounds) > 1:
            claim = replace(claim, turn=replace(claim.turn, inbounds=claim.turn.inbounds[:-1]))
        return claim


class ShortLeases(SqliteStore):
    """No bug: leases of a test's length."""

    async def claim(self, *, lease_s: float, wait_s: float) -> Claim | None:
        return await super().claim(lease_s=LEASE_S, wait_s=wait_s)

    async def renew(self, claim: Claim, *, lease_s: float) -> None:
        await super().renew(claim, lease_s=LEASE_S)


class SendsAgain(SlackChannel):
    """Takes a post whose answer is lost for one that was not made."""

    async def find(self, to: Address, page: Page) -> MessageRef | None:
        return None


BUGS: dict[str, tuple[type[SqliteStore], type[Writer], type[Mailboxes]]] = {
    "none": (SqliteStore, Writer, Mailboxes),
    "short_leases": (ShortLeases, Writer, Mailboxes),
    "ack_before_commit": (SqliteStore, EagerWriter, Mailboxes),
    "no_fence": (SqliteStore, Writer, NoFence),
    "no_dedupe": (NoDedupe, Writer, Mailboxes),
    "double_answer_after_restart": (FinishesInMemory, Writer, Mailboxes),
    "lost_turn_on_restart": (LosesWaiting, Writer, Mailboxes),
    "out_of_order": (SqliteStore, Writer, NewestFirst),
    "edit_after_finish": (EditsAfterFinish, Writer, Mailboxes),
    "repeated_piece": (RepeatsItself, Writer, Mailboxes),
    "skipped_event": (SkipsEntries, Writer, Mailboxes),
    "foreign_answer": (AnswersOfStrangers, Writer, Mailboxes),
    "forgotten_message": (ForgetsMessages, Writer, Mailboxes),
    "resend_on_timeout": (SqliteStore, Writer, Mailboxes),
}


@asynccontextmanager
async def opened(bug: str, settings: Settings) -> AsyncIterator[SqliteStore]:
    """The store as it is built, with that bug."""
    make_store, make_writer, make_boxes = BUGS[bug]
    with only_server(settings.path):
        store = make_store(settings, make_writer(open_for_writing(settings.path)))
        store._boxes = make_boxes()
        try:
            await store.start()
            yield store
        finally:
            store.close()


def _module(build: object) -> ModuleType:
    """A channel's module that builds something else."""
    made = ModuleType("planted")
    made.build = build  # type: ignore[attr-defined]
    return made


async def serve(bug: str) -> None:
    """As the command does, with other parts."""
    read = config.read(Path("config.toml"))
    if bug == "resend_on_timeout":
        planted_slack = replace(read.channels["slack"], module=_module(SendsAgain))
        read = replace(read, channels={**read.channels, "slack": planted_slack})
    settings = read.store.settings
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    planted = opened if isinstance(settings, Settings) else planted_redis.opened
    async with planted(bug, settings) as store:
        brain = FunctionBrain(echo_slowly)
        made = parts.Parts(store=store, brain=brain, apology=lambda turn: "Sorry, that went wrong.")
        await app.run(read, made, ready=lambda url, _: _say(f"bridge is ready: {url}"), stop=stop)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
