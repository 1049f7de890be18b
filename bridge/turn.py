"""One turn of one conversation: from a claim to its end. Knows no platform, no model and no database.

Whatever was written down before a crash is not done again: a recorded reply is delivered, not asked for twice, and it
goes on in the messages that had begun.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from bridge import leases, metrics, tickets, wishes
from bridge.delivery.screen import Screen
from bridge.desk.transcript import told as told_of
from bridge.errors import (
    ChannelError,
    ChannelUnavailable,
    LeaseLost,
    RateLimited,
    StoreUnavailable,
    Unconfirmed,
    Undeliverable,
)
from bridge.failpoints import reach
from bridge.leases import Lease
from bridge.logs import event, turn_context
from bridge.markdown.heal import heal
from bridge.media.files import FileReader
from bridge.ports import ActingBrain, Brain, Channel, Claim, Desk, Gate, ListeningChannel, RelayingChannel, Step, Store
from bridge.types import (
    Action,
    Conversation,
    Inbound,
    MessageRef,
    Outcome,
    Reply,
    ReplyEvent,
    TextDelta,
    TextReset,
    Trace,
    Turn,
    without_marks,
)

log = logging.getLogger(__name__)
T = TypeVar("T")

LEASE_S = 15.0
RENEW_S = 5.0
ATTEMPTS_MAX = 3
"""Attempts at an answer; after that the person gets an apology instead of silence. When as many attempts again cannot
deliver it, the turn is closed, so that the next message is served."""
LAST_WORD_S = 30.0
"""How long a turn that is given up may try to say so; it gets one attempt."""
PATIENCE_FIRST_S = 0.2
PATIENCE_MAX_S = 5.0
PARK_S = 5.0
PARK_MAX_S = 300.0
"""How long a final that its platform does not take now rests before the next try: a tenth of its age, within these."""
RETRIES_S = (0.5, 2.0)
"""Rests before a final that its platform did not take is tried again at once; after that its turn rests."""
LATE_S = 24 * 3600.0
"""Age at which a final that its platform never takes is given up."""
DISCLOSED_S = 180 * 24 * 3600.0
"""For so long a person is not told again, in whatever conversation, that no person answers."""
WISH_LOOK_S = 1.0
"""How often a running turn looks whether it was stopped, or its question changed, in another process."""
NANO = 1_000_000_000
"""Nano-dollars in a dollar."""
STOP_GRACE_S = 0.2
"""Of a turn that is stopped, so long the answer may still come to its end: its number of a ticket may have been told
just before, and only the reply says which ticket has to be kept."""
COMMAND = "command"
"""Rung of replies that the channel knew itself; the brain does not get to see such turns."""

REPLY = "reply"
"""Key of the journal step that holds the finished reply."""
_REPLY = TypeAdapter[Reply | None](
    Reply | None, config=ConfigDict(hide_input_in_errors=True, ser_json_inf_nan="constants")
)
"""A choice, because a dataclass alone takes no configuration. Errors do not quote the text."""
ADMITTED = "admitted"
"""Key of the journal step that holds the messages of the turn as its gates left them."""
_ADMITTED = TypeAdapter[tuple[Inbound, ...]](tuple[Inbound, ...], config=ConfigDict(hide_input_in_errors=True))

_UNSEEN = (Outcome.FAILED, Outcome.WITHDRAWN, Outcome.RELAYED)
"""Ends of a turn that leave no answer with the person."""


class _TakenBack(Exception):
    """The question was taken back before anybody saw its whole answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRunner:
    """Runs claims; has no state of its own. `apology` words the reply to a question that has no answer, `anew` says in
    the language of a text that it begins again, `reader` reads what came with a question."""

    store: Store
    channels: Mapping[str, Channel]
    brain: Brain
    apology: Callable[[Turn], str]
    anew: Callable[[str], str]
    reader: FileReader
    turns_max: int
    """Finished turns of the conversation that the brain gets to see."""
    disclosure: str = ""
    """What people must know before the first answer; "" for nothing."""
    desk: Desk | None = None
    """People who answer beside the brain; they hear what was promised of them."""
    gates: Sequence[Gate] = ()
    """Asked in order, before the brain."""
    deeds: Callable[[Claim], Sequence[Action]] = lambda _: ()
    """What earlier attempts at a turn did, as its journal holds it."""
    clock: Callable[[], float] = leases.now
    """What our own end of a lease is told by."""

    async def run(self, claim: Claim, told: asyncio.Event) -> None:
        """Answer, deliver and close the turn, or park it when the store cannot be read, or its platform does not take
        the final now. `told` is set when a wish about it was stored. May raise LeaseLost."""
        channel = self.channels.get(claim.turn.address.channel)
        lease = Lease(LEASE_S, self.clock)
        with turn_context(claim.turn.id), leases.held(lease):
            if channel is None:
                await self._held(claim, lease, self._give_up(claim, None, "its channel is not enabled"))
                return
            screen = self._screen(claim, channel, lease)
            if claim.attempts > 2 * ATTEMPTS_MAX:
                last = screen if claim.attempts == 2 * ATTEMPTS_MAX + 1 else None
                await self._held(claim, lease, self._give_up(claim, last, f"{claim.attempts - 1} attempts failed"))
            else:
                await self._held(claim, lease, self._work(claim, channel, screen, told))

    def _screen(self, claim: Claim, channel: Channel, lease: Lease) -> Screen:
        return Screen(
            channel,
            claim,
            self.store,
            guard=lambda: self._renew(claim, lease),
            record=lambda step: patiently(lambda: self.store.record(claim, step)),
            anew=self.anew,
        )

    async def _renew(self, claim: Claim, lease: Lease) -> None:
        """May raise LeaseLost, StoreUnavailable."""
        with lease.renewed():
            await self.store.renew(claim, lease_s=LEASE_S)

    async def _held(self, claim: Claim, lease: Lease, work: Coroutine[None, None, None]) -> None:
        """Do the work while the lease is kept."""
        try:
            async with asyncio.TaskGroup() as group:
                keeper = group.create_task(self._keep(claim, lease))
                await work
                keeper.cancel()
        except BaseExceptionGroup as errors:
            raise _first(errors) from errors

    async def _work(self, claim: Claim, channel: Channel, screen: Screen, told: asyncio.Event) -> None:
        try:
            turn = await self._amended(claim.turn)
            if (reply := _recorded(claim)) is None or not turn.inbounds:
                turn, reply = await self._reply(claim, turn, channel, screen, told)
            else:
                turn = _as_admitted(claim, turn)
                screen.read_as(_as_shown(claim.turn, turn, over=True))
            await self._end(claim, turn, screen, reply)
        except StoreUnavailable as error:  # nothing can be read: no fault of the turn's
            await self._park(claim, PARK_S, error, "store")
        finally:
            await screen.close()

    async def _give_up(self, claim: Claim, screen: Screen | None, why: str) -> None:
        """Close a turn that could not be shown, so that the next message is served. Its `screen`, if any, tries to
        say so: a message that had begun must not look as if more were coming."""
        event(log, "turn given up", level=logging.ERROR, channel=claim.turn.address.channel, why=why)
        turn = _as_admitted(claim, claim.turn)
        reply = self._failed(claim, turn)
        if screen:
            screen.read_as(_as_shown(claim.turn, turn, over=True))
        messages = await self._last_word(screen, reply) if screen else ()
        await patiently(lambda: self.store.finish(claim, replace(turn, reply=reply, messages=messages)))
        metrics.TURNS.labels(claim.turn.address.channel, reply.outcome.value, reply.rung).inc()

    async def _last_word(self, screen: Screen, reply: Reply) -> tuple[MessageRef, ...]:
        try:
            async with asyncio.timeout(LAST_WORD_S):
                return await patiently(lambda: screen.finish(reply))
        except LeaseLost:
            raise
        except (ChannelError, TimeoutError) as error:
            event(log, "undeliverable", level=logging.WARNING, error=error)
        except Exception as error:  # what failed all the attempts before must not keep the turn open
            metrics.BUGS.labels("turn").inc()
            event(log, "the last word failed", level=logging.ERROR, exc_info=error)
        finally:
            await screen.close()
        return ()

    def _failed(self, claim: Claim, turn: Turn) -> Reply:
        """An apology, which knows what was done all the same: whoever asks again must not have it done twice."""
        done = tuple(dict.fromkeys((*self.deeds(claim), *self._acted(turn))))
        return Reply(text=self.apology(turn), outcome=Outcome.FAILED, rung="apology", trace=Trace(actions=done))

    async def _keep(self, claim: Claim, lease: Lease) -> None:
        """Hold the lease. Raises LeaseLost out of the group, which cancels the work."""
        while True:
            await asyncio.sleep(RENEW_S)
            await patiently(lambda: self._renew(claim, lease))

    # ------------------------------------------------------------ the reply

    async def _reply(
        self, claim: Claim, turn: Turn, channel: Channel, screen: Screen, told: asyncio.Event
    ) -> tuple[Turn, Reply]:
        """The reply, made now and written down, and the turn as it was understood. May raise StoreUnavailable."""
        while True:
            conversation = await self._conversation(turn)
            turn, reply = await self._admitted(claim, turn, conversation)
            screen.read_as(_as_shown(claim.turn, turn, over=reply is not None))
            if reply is not None:
                break
            turn, reply = await self._answer(claim, turn, conversation, channel, screen, told)
            if reply is not None:
                break
            turn = await self._amended(claim.turn)
            screen.emit(TextReset())
        step = Step(key=REPLY, kind="reply", state="done", result=_REPLY.dump_json(reply).decode())
        await patiently(lambda: self.store.record(claim, step))
        reach("reply.recorded")
        return turn, reply

    def _ready(self, claim: Claim, turn: Turn) -> Reply | None:
        """A reply that needs no brain."""
        if not turn.inbounds:
            return _withdrawn(self._acted(claim.turn))
        if claim.attempts > ATTEMPTS_MAX and not _in_doubt(claim):
            metrics.TURN_RETRIES.labels("gave_up").inc()
            return self._failed(claim, turn)
        if all(inbound.answer for inbound in turn.inbounds):
            return Reply(text=_commands(turn), outcome=Outcome.ANSWERED, rung=COMMAND)
        return None

    async def _admitted(self, claim: Claim, turn: Turn, conversation: Conversation) -> tuple[Turn, Reply | None]:
        """The turn as its gates let it through, and the end of it when it needs no brain.
        May raise LeaseLost, StoreUnavailable."""
        if (reply := self._ready(claim, turn)) is not None:
            return _as_admitted(claim, turn) if turn.inbounds else turn, reply
        came = turn.inbounds
        for gate in self.gates:
            admitted = await gate.admits(claim, turn, conversation)
            turn, reply = (turn, admitted) if isinstance(admitted, Reply) else (admitted, admitted.reply)
            if reply:
                break
        if reply is None and not _to_the_brain(turn).inbounds:
            said = _commands(turn)
            reply = Reply(text=said, outcome=Outcome.ANSWERED if said else Outcome.RELAYED, rung=COMMAND)
        turn = replace(turn, reply=None)
        if turn.inbounds != came:
            # A code that was removed must not come back with an attempt that goes on from here.
            step = Step(key=ADMITTED, kind="reply", state="done", result=_ADMITTED.dump_json(turn.inbounds).decode())
            await patiently(lambda: self.store.record(claim, step))
        return turn, reply

    async def _conversation(self, turn: Turn) -> Conversation:
        return await self.store.conversation(turn.conversation_id, turns_max=self.turns_max)

    async def _amended(self, turn: Turn) -> Turn:
        """With its messages as they are now: changed, or without those that were taken back."""
        inbounds = [await wishes.amended(self.store, inbound) for inbound in turn.inbounds]
        return replace(turn, inbounds=tuple(inbound for inbound in inbounds if inbound))

    async def _answer(
        self,
        claim: Claim,
        turn: Turn,
        conversation: Conversation,
        channel: Channel,
        screen: Screen,
        told: asyncio.Event,
    ) -> tuple[Turn, Reply | None]:
        """Ask the brain while the screen follows, until it answers, fails or is stopped; None when its question has
        changed. The turn is as it was understood. May raise StoreUnavailable."""
        wish = await wishes.about(self.store, turn)
        if wish is None:
            begin = await self._opening(turn, conversation, channel) + _commands(turn)
            async with asyncio.TaskGroup() as group:
                follower = group.create_task(screen.follow())
                asking = group.create_task(
                    self._ask(claim, turn, _in_force(conversation, turn), channel, screen, begin)
                )
                wishing = group.create_task(self._wish(turn, told))
                await asyncio.wait([asking, wishing], return_when=asyncio.FIRST_COMPLETED)
                shown = screen.text
                if not asking.done():
                    wish = wishing.result()
                    if wish == "stop":
                        follower.cancel()
                        await asyncio.wait([asking], timeout=STOP_GRACE_S)
                    asking.cancel()
                    await asyncio.wait([asking])
                wishing.cancel()
                follower.cancel()
            if not asking.cancelled() and (wish != "stop" or asking.result()[1].ticket):
                return asking.result()
            if wish == "stop":
                done = self._acted(turn) if asking.cancelled() else asking.result()[1].trace.actions
                return turn, _stopped(shown, done)
        if wish == "again":
            return turn, None
        return turn, _stopped(screen.text, self._acted(turn))

    def _acted(self, turn: Turn) -> Sequence[Action]:
        """What was done for an answer of this turn that was cut off: later turns have to know it."""
        return self.brain.acted(turn.id) if isinstance(self.brain, ActingBrain) else ()

    async def _opening(self, turn: Turn, conversation: Conversation, channel: Channel) -> str:
        """What a person must know before the first answer: once, wherever they write. May raise StoreUnavailable."""
        if not self.disclosure or not channel.limits(turn.address).disclosure_above:
            return ""
        said = [past.reply for past in conversation.turns if past.reply]
        begun = any(reply.text and reply.rung != COMMAND and reply.outcome not in _UNSEEN for reply in said)
        told = begun or any(self.disclosure in text for text in (*(reply.text for reply in said), _commands(turn)))
        if told or await self.store.get(_disclosed(turn)) is not None:
            return ""
        return f"{self.disclosure}\n\n"

    async def _wish(self, turn: Turn, told: asyncio.Event) -> wishes.Wish:
        """What is wanted of the turn, as soon as something is."""
        while True:
            try:
                async with asyncio.timeout(WISH_LOOK_S):
                    await told.wait()
            except TimeoutError:
                pass
            told.clear()
            with suppress(StoreUnavailable):
                if wish := await wishes.about(self.store, turn):
                    return wish

    async def _ask(
        self, claim: Claim, turn: Turn, conversation: Conversation, channel: Channel, screen: Screen, begin: str
    ) -> tuple[Turn, Reply]:
        """The brain's reply below what stands before it, and the turn with what was spoken in it, or before it by
        others, written down."""
        reach("brain.before")

        def emit(reply_event: ReplyEvent) -> None:
            screen.emit(reply_event)
            if isinstance(reply_event, TextReset) and begin:
                screen.emit(TextDelta(begin))
            if screen.text:
                reach("brain.mid_stream")

        try:
            turn = await _with_overheard(turn, conversation, channel)
            async with self.reader.reading(turn, channel.fetch) as (turn, files):
                if begin:
                    emit(TextDelta(begin))
                told = told_of(_without_commands(conversation))
                reply = await self.brain.answer(_to_the_brain(turn), told, emit, files, claim=claim)
            reply = replace(reply, text=begin + reply.text)
        except LeaseLost:
            raise
        except Exception as error:  # whatever went wrong inside, the person gets an answer
            metrics.BUGS.labels("turn").inc()
            event(log, "the brain failed", level=logging.ERROR, exc_info=error)
            reply = self._failed(claim, turn)
        reach("brain.after")
        return turn, reply

    # ------------------------------------------------------------ the end

    async def _end(self, claim: Claim, turn: Turn, screen: Screen, reply: Reply) -> None:
        """Keep its ticket, deliver the reply, then close the turn; or park it."""
        if reply.ticket:
            # Before anybody reads the number for good.
            await patiently(lambda: self._called(claim, turn, reply))
        messages: tuple[MessageRef, ...] = ()
        try:
            if reply.outcome is Outcome.RELAYED:
                await self._relayed(claim, screen)
            elif reply.outcome is not Outcome.WITHDRAWN:
                try:
                    messages = await self._delivered(claim.turn, screen, reply)
                except _TakenBack:
                    reply = _withdrawn(reply.trace.actions)
            if reply.outcome is Outcome.WITHDRAWN:
                # What was taken back is kept nowhere.
                inbounds = tuple(replace(inbound, text="", attachments=()) for inbound in claim.turn.inbounds)
                turn = replace(turn, inbounds=inbounds)
                await patiently(screen.withdraw)
        except (RateLimited, ChannelUnavailable, Unconfirmed) as error:
            age_s = _age_s(claim.turn)
            if age_s < LATE_S:
                rest_s = min(PARK_MAX_S, max(PARK_S, age_s / 10))
                return await self._park(
                    claim, error.retry_after_s if isinstance(error, RateLimited) else rest_s, error, "delivery"
                )
            reply = _undelivered(reply, error)
        except Undeliverable as error:
            reply = _undelivered(reply, error)
        if messages and self.disclosure and self.disclosure in reply.text:
            # Only now: who was shown an apology in its place, or nothing, is still to be told.
            await patiently(lambda: self.store.put(_disclosed(turn), turn.id, ttl_s=DISCLOSED_S))
        turn = replace(turn, reply=reply, messages=messages)
        await patiently(lambda: self.store.finish(claim, turn))
        _report(claim, turn, screen)

    async def _relayed(self, claim: Claim, screen: Screen) -> None:
        """Take away what looks as if an answer were coming. May raise as `withdraw`."""
        await patiently(screen.withdraw)
        channel = self.channels[claim.turn.address.channel]
        waits = any(not inbound.notice for inbound in claim.turn.inbounds)
        if waits and isinstance(channel, RelayingChannel):
            await patiently(lambda: channel.relayed(claim.turn.address, claim))

    async def _called(self, claim: Claim, turn: Turn, reply: Reply) -> None:
        """Keep what people are asked to look after. May raise LeaseLost, StoreUnavailable."""
        await (self.desk.called(claim, turn, reply) if self.desk else tickets.open_for(self.store, claim, turn, reply))

    async def _delivered(self, turn: Turn, screen: Screen, reply: Reply) -> tuple[MessageRef, ...]:
        """The messages that hold the reply. What passes within seconds is waited for here. May raise as `finish`, and
        _TakenBack."""
        for rest_s in RETRIES_S:
            try:
                return await patiently(lambda: screen.finish(reply))
            except (ChannelUnavailable, Unconfirmed):
                await asyncio.sleep(rest_s)
            except RateLimited as error:
                if error.retry_after_s > rest_s:
                    raise
                await asyncio.sleep(error.retry_after_s)
            with suppress(StoreUnavailable):
                if not (await self._amended(turn)).inbounds:
                    raise _TakenBack
        return await patiently(lambda: screen.finish(reply))

    async def _park(self, claim: Claim, delay_s: float, error: Exception, reason: str) -> None:
        """Begin again later, without blame: the turn itself has not failed."""
        metrics.TURN_RETRIES.labels(reason).inc()
        event(log, "turn delayed", level=logging.WARNING, reason=reason, delay_s=delay_s, error=error)
        await patiently(lambda: self.store.park(claim, delay_s=delay_s, blame=False))


def _in_doubt(claim: Claim) -> bool:
    """Nobody knows whether something was done: a gate has a person look into it before the turn is given up."""
    return any(step.kind == "tool" and step.state != "done" for step in claim.steps.values())


def _disclosed(turn: Turn) -> str:
    """Where it is kept that whoever began the turn was told."""
    return f"disclosed:{turn.address.channel}:{turn.inbounds[0].sender.id}"


def _commands(turn: Turn) -> str:
    """What the channel itself has to say to messages of the turn."""
    said = "\n\n".join(inbound.answer for inbound in turn.inbounds if inbound.answer)
    return said if not said or not _to_the_brain(turn).inbounds else f"{said}\n\n"


def _to_the_brain(turn: Turn) -> Turn:
    """Without what the channel has answered itself, and what nobody asked."""
    return replace(turn, inbounds=tuple(each for each in turn.inbounds if not (each.answer or each.notice)))


async def _with_overheard(turn: Turn, conversation: Conversation, channel: Channel) -> Turn:
    """With what others wrote before its newest question, where people write to each other. When that cannot be read
    the question is answered as it stands."""
    asking = [place for place, inbound in enumerate(turn.inbounds) if not (inbound.answer or inbound.notice)]
    if not asking or turn.inbounds[asking[-1]].overheard is not None or not isinstance(channel, ListeningChannel):
        return turn
    try:
        overheard = tuple(await channel.overheard(turn, conversation.turns))
    except (ChannelError, StoreUnavailable) as error:
        event(log, "what others wrote could not be read", level=logging.WARNING, error=error)
        return turn
    inbounds = list(turn.inbounds)
    inbounds[asking[-1]] = replace(inbounds[asking[-1]], overheard=overheard)
    return replace(turn, inbounds=tuple(inbounds))


def _in_force(conversation: Conversation, turn: Turn) -> Conversation:
    """What was said since the conversation last began anew."""
    if any(inbound.begins for inbound in turn.inbounds):
        return replace(conversation, turns=())
    turns = conversation.turns
    first = max((n for n, past in enumerate(turns) if any(i.begins for i in past.inbounds)), default=0)
    return replace(conversation, turns=turns[first:])


def _without_commands(conversation: Conversation) -> Conversation:
    """Without what no brain answered. Only for the brain: whoever looks what others wrote has to know that these were
    no others, or a code that was taken out would come back as a remark."""
    turns = conversation.turns
    return replace(conversation, turns=tuple(it for it in turns if not (it.reply and it.reply.rung == COMMAND)))


def _stopped(shown: str, done: Sequence[Action]) -> Reply:
    """What the marks stand for is known only at the end of an answer, and what was cut off is shown whole."""
    return Reply(text=heal(without_marks(shown)), outcome=Outcome.STOPPED, trace=Trace(actions=tuple(done)))


def _withdrawn(done: Sequence[Action]) -> Reply:
    """The end of a turn that was taken back. What it asked is forgotten, and not what was done or is to be decided."""
    kept = tuple(it for it in done if it.does or it.outcome in ("approval", "unknown"))
    return Reply(text="", outcome=Outcome.WITHDRAWN, trace=Trace(actions=kept))


def _recorded(claim: Claim) -> Reply | None:
    """The reply of an earlier attempt; one that cannot be read is as good as not written."""
    step = claim.steps.get(REPLY)
    try:
        return _REPLY.validate_json(step.result) if step else None
    except ValidationError as error:
        metrics.BUGS.labels("turn").inc()
        event(log, "the recorded reply cannot be read", level=logging.ERROR, exc_info=error)
        return None


def _as_admitted(claim: Claim, turn: Turn) -> Turn:
    """As the gates of an earlier attempt left it, which made the recorded reply."""
    step = claim.steps.get(ADMITTED)
    try:
        return replace(turn, inbounds=_ADMITTED.validate_json(step.result)) if step else turn
    except ValidationError as error:
        metrics.BUGS.labels("turn").inc()
        event(log, "the admitted messages cannot be read", level=logging.ERROR, exc_info=error)
        return turn


def _as_shown(came: Turn, admitted: Turn, *, over: bool) -> Turn:
    """The messages that came, as they read now: whoever shows them must not show what was taken out. What they were
    answered counts when nothing else is said."""
    now = {inbound.event_id: inbound for inbound in admitted.inbounds}

    def shown(inbound: Inbound) -> Inbound:
        read = now.get(inbound.event_id, inbound)
        return replace(inbound, text=read.text, answer=read.answer if over else inbound.answer)

    return replace(came, inbounds=tuple(map(shown, came.inbounds)))


async def patiently(operation: Callable[[], Awaitable[T]]) -> T:
    """Do it, and again while the store is away: the turn's work must not be lost for a full disk.
    A lost lease, or the caller's cancellation, ends the waiting."""
    delay_s = PATIENCE_FIRST_S
    while True:
        try:
            return await operation()
        except StoreUnavailable as error:
            event(log, "waiting for the store", level=logging.WARNING, error=error)
            await asyncio.sleep(delay_s)
            delay_s = min(PATIENCE_MAX_S, delay_s * 2)


def _undelivered(reply: Reply, error: Exception) -> Reply:
    event(log, "undeliverable", level=logging.WARNING, error=error)
    return replace(reply, outcome=Outcome.FAILED)


def _age_s(turn: Turn) -> float:
    """Since the first of its messages came."""
    return max(0.0, time.time() - min(inbound.received_at for inbound in turn.inbounds).timestamp())


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """A lost lease explains everything else that went wrong beside it."""
    leaves: list[BaseException] = []
    todo: list[BaseException] = [errors]
    while todo:
        error = todo.pop()
        if isinstance(error, BaseExceptionGroup):
            todo.extend(error.exceptions)
        else:
            leaves.append(error)
    return next((error for error in leaves if isinstance(error, LeaseLost)), leaves[0])


def _report(claim: Claim, turn: Turn, screen: Screen) -> None:
    """The one log line of a turn, and its metrics."""
    reply = turn.reply
    assert reply is not None
    total_s = _age_s(claim.turn)
    first_s = max(0.0, total_s - (time.time() - screen.first_text_at)) if screen.first_text_at else None
    channel = turn.address.channel
    metrics.TURNS.labels(channel, reply.outcome.value, reply.rung).inc()
    if reply.escalation_reason:
        metrics.ESCALATIONS.labels(channel, reply.escalation_reason).inc()
    metrics.TURN_SECONDS.observe(total_s)
    if first_s is not None:
        metrics.FIRST_TEXT_SECONDS.observe(first_s)
    trace = reply.trace
    rare: dict[str, Any] = {"ticket": reply.ticket, "review": trace.review, "failed": ",".join(trace.failed)}
    event(
        log,
        "turn",
        conversation=turn.conversation_id,
        channel=channel,
        outcome=reply.outcome.value,
        rung=reply.rung,
        model=reply.model,
        category=trace.category,
        tier=trace.tier,
        messages=len(turn.inbounds),
        attempts=claim.attempts,
        passages=",".join(passage.chunk_id for passage in reply.citations),
        tokens_in=reply.usage.prompt_tokens,
        tokens_out=reply.usage.output_tokens,
        cost_usd=round(trace.cost_nano / NANO, 6),
        first_text_ms=None if first_s is None else round(first_s * 1000),
        total_ms=round(total_s * 1000),
        edits=screen.edits,
        **{name: value for name, value in rare.items() if value},
    )
