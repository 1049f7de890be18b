"""Stories: what people ask, how answers are written, and everything that goes wrong meanwhile; and what must be seen at
their end."""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from typing import Literal

from hypothesis import strategies as st

from bridge import metrics
from bridge.delivery.pages import composed
from bridge.errors import LeaseLost
from bridge.markdown.split import split
from bridge.ports import Emit, StopAll, Store
from bridge.types import Conversation, ConversationId, Outcome, Reply, TextDelta, TextReset, Turn, TurnId, without_marks
from tests.fakes.core import ANEW, empty_store, message, running
from tests.fakes.mortal import Life, mortal_channel, mortal_store
from tests.fakes.platforms import chats, pairs, workspace
from tests.fakes.recording_channel import PlainChannel, Platform, RecordingChannel, Shown, Trouble
from tests.unit.markdown.made import answers

WITHIN_S = 3_000.0
WRITING_S = 30.0
"""No answer takes much longer to write."""
SETTLE_S = 30.0
"""So long after the last answer nothing happens any more."""


@dataclass(frozen=True, slots=True)
class Script:
    """How an answer is written: pauses in seconds, each with more text after it; None begins again."""

    pieces: tuple[tuple[float, str | None], ...]

    @property
    def final(self) -> str:
        texts = [text for _, text in self.pieces]
        begin = max((place + 1 for place, text in enumerate(texts) if text is None), default=0)
        return "".join(text for text in texts[begin:] if text)

    @property
    def resets(self) -> bool:
        return any(text is None for _, text in self.pieces)


@dataclass(frozen=True, slots=True)
class Question:
    at_s: float
    room: str
    scripts: tuple[Script, ...]
    """One for each attempt at an answer; the last again and again."""


@dataclass(frozen=True, slots=True)
class End:
    """How a process ends: killed before or after one of its calls, or by SIGTERM after some seconds."""

    how: Literal["kill", "handover"]
    when: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    kind: Literal["workspace", "chats", "pairs", "free"]
    lookable: bool
    size_max: int
    latency_s: float
    questions: tuple[Question, ...]
    troubles: tuple[Trouble | None, ...] = ()
    taken_away_at_s: tuple[float, ...] = ()
    stopped_at_s: tuple[float, ...] = ()
    ends: tuple[End, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What was left when all was over."""

    platform: Platform
    turns: list[Turn]
    """In the order of asking."""
    repeated: int
    """Posts that were not found and made again, by our own count."""
    bugs: int


def platform_of(story: Story) -> Platform:
    made: dict[str, Callable[[int], Platform]] = {"workspace": workspace, "chats": chats, "pairs": pairs}
    platform = made[story.kind](story.size_max) if story.kind in made else Platform()
    platform.lookable, platform.latency_s = story.lookable, story.latency_s
    # Where no bucket has a name nobody can know after a restart that the platform wanted quiet.
    forgotten = story.kind == "free" and story.ends
    platform.troubles.extend(None if forgotten and each and each.how == "busy" else each for each in story.troubles)
    return platform


async def tell(story: Story) -> Told:
    """Let it happen, to its end."""
    before = _counted()
    teller = _Teller(story, platform_of(story), empty_store())
    async with asyncio.timeout(WITHIN_S), asyncio.TaskGroup() as group:
        for number, question in enumerate(story.questions):
            group.create_task(teller.ask(number, question))
        for at_s in story.taken_away_at_s:
            group.create_task(teller.take_away(at_s))
        done = group.create_task(teller.over())
        for end in (*story.ends, None):
            await teller.live(end, done)
    turns = [await teller.store.turn(turn_id) for turn_id in dict.fromkeys(teller.asked.values())]
    repeated, bugs = (int(now - then) for now, then in zip(_counted(), before, strict=True))
    return Told(teller.platform, [turn for turn in turns if turn], repeated, bugs)


@dataclass(slots=True)
class _Teller:
    """Mutable."""

    story: Story
    platform: Platform
    store: Store
    asked: dict[str, TurnId] = field(default_factory=dict)
    attempts: Counter[str] = field(default_factory=Counter)

    async def live(self, end: End | None, done: asyncio.Task[None]) -> None:
        """One process, until its end, or until all is over."""
        life = Life(int(end.when) if end and end.how == "kill" else None)
        plain = (PlainChannel if self.story.kind == "pairs" else RecordingChannel)(self.platform)
        async with running(mortal_channel(plain, life), self.write, store=mortal_store(self.store, life)) as core:
            stops = [asyncio.ensure_future(_stop(core.dispatch.stop_all, at_s)) for at_s in self.story.stopped_at_s]
            killed = asyncio.ensure_future(life.over.wait())
            timeout = end.when if end and end.how == "handover" else None
            await asyncio.wait([done, killed], timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
            for task in (killed, *stops):
                task.cancel()
            if end is None:
                await done
                await asyncio.sleep(SETTLE_S)

    async def write(self, turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        """As the script for this attempt says."""
        question = turn.question.split()[0]
        self.attempts[question] += 1
        scripts = self.story.questions[int(question)].scripts
        script = scripts[min(self.attempts[question], len(scripts)) - 1]
        for pause_s, text in script.pieces:
            await asyncio.sleep(pause_s)
            emit(TextReset() if text is None else TextDelta(text))
        return Reply(text=script.final, outcome=Outcome.ANSWERED)

    async def ask(self, number: int, question: Question) -> None:
        await asyncio.sleep(question.at_s)
        self.asked[str(number)] = (await self.store.accept(message(str(number), question.room))).turn_id

    async def take_away(self, at_s: float) -> None:
        await asyncio.sleep(at_s)
        drafts = [message_id for message_id, shown in self.platform.messages.items() if not shown.final]
        if drafts:
            self.platform.take_away(drafts[int(at_s * 10) % len(drafts)])

    async def over(self) -> None:
        while True:
            turns = [await self.store.turn(turn_id) for turn_id in set(self.asked.values())]
            if len(self.asked) == len(self.story.questions) and all(turn and turn.reply for turn in turns):
                return
            await asyncio.sleep(0.5)


async def _stop(stop_all: StopAll, at_s: float) -> None:
    await asyncio.sleep(at_s)
    with suppress(LeaseLost):
        await stop_all(ConversationId("recording:a"))


def _counted() -> tuple[float, float]:
    return (
        metrics.POSTS_REPEATED.labels("recording")._value.get(),
        sum(
            sample.value
            for metric in metrics.BUGS.collect()
            for sample in metric.samples
            if sample.name.endswith("_total")
        ),
    )


# ------------------------------------------------------------ what must be seen


def judge(story: Story, told: Told) -> None:
    """What people see is each final text: whole, once, in order. Two windows stay open, and no others: where nobody
    can look, a post whose confirmation was lost stands there once more, and is counted; and what was said in bubbles
    cannot be taken back when the text begins anew, but then that is said."""
    platform = told.platform
    assert platform.violations == []
    assert platform.refusals == 0
    assert told.bugs == 0
    kept = {ref.message_id for turn in told.turns for ref in turn.messages}
    orphans = [shown for message_id, shown in platform.messages.items() if message_id not in kept]
    if platform.lookable:
        assert orphans == []
    lost = sum(1 for trouble in story.troubles if trouble and trouble.how == "lost") + len(story.ends)
    assert len(orphans) <= min(told.repeated, lost)
    for room in {question.room for question in story.questions}:
        seen = [shown for key, shown in platform.messages.items() if key in kept and shown.room == room]
        turns = [turn for turn in told.turns if turn.address.key == room]
        assert [shown.turn for shown in seen] == [turn.id for turn in turns for shown in seen if shown.turn == turn.id]
        for turn in turns:
            _judge_turn(story, told, turn, [shown for shown in seen if shown.turn == turn.id])


def _judge_turn(story: Story, told: Told, turn: Turn, seen: list[Shown]) -> None:
    assert turn.reply is not None
    first = turn.question.split()[0]
    scripts = story.questions[int(first)].scripts
    if turn.reply.outcome is not Outcome.STOPPED:
        assert turn.reply.outcome is Outcome.ANSWERED
        assert turn.reply.text in [script.final for script in scripts]
    if story.kind == "pairs":
        anew = len(scripts) > 1 or any(script.resets for script in scripts)
        _judge_bubbles(told.platform, turn, seen, anew)
        return
    limits = told.platform.limits_in(turn.address.key)
    pages = split(composed(turn.reply.text, turn.reply, limits), limits.size_max, limits.size)
    assert len(turn.messages) == len(pages)
    # What people took away when it was complete stays away.
    there = [n for n, ref in enumerate(turn.messages) if ref.message_id not in told.platform.taken_away]
    assert [(shown.number, shown.text) for shown in seen] == [(number, pages[number]) for number in there]
    assert all(shown.final for shown in seen if shown.number == len(pages) - 1)
    assert [shown.last for shown in seen] == [number == len(pages) - 1 for number in there]


def _judge_bubbles(platform: Platform, turn: Turn, seen: list[Shown], anew: bool) -> None:
    assert turn.reply is not None
    limits = platform.limits_in(turn.address.key)
    text = without_marks(turn.reply.text)
    early = [shown for shown in seen if not shown.final]
    assert len(early) < limits.bubbles_max
    said = squeezed("".join(shown.text for shown in early))
    goes_on = squeezed(text).startswith(said)
    if turn.reply.outcome is Outcome.STOPPED and not goes_on:
        text = ""
    elif anew and not goes_on:
        text = f"{ANEW}\n\n{text}"
    else:
        text = _after(text, said)
        if early and not text.strip() and turn.reply.outcome is Outcome.ANSWERED:
            assert len(seen) == len(early)
            return
    expected = split(text, limits.size_max, limits.size)
    assert squeezed("".join(shown.text for shown in seen if shown.final)) == squeezed("".join(expected))
    assert seen[-1].last
    assert not any(shown.last for shown in seen[:-1])


def _after(text: str, said: str) -> str:
    """What follows in a text after its beginning was said."""
    end = 0
    for letter in said:
        end = text.index(letter, end) + 1
    assert squeezed(text[:end]) == said
    return text[end:]


def squeezed(text: str) -> str:
    """Without white space, which bubbles and pages may lose where they are cut."""
    return "".join(text.split())


# ------------------------------------------------------------ random ones

PAUSES = st.sampled_from([0.0, 0.02, 0.1, 0.3, 1.0, 4.0])
LENGTHS = st.sampled_from([3, 10, 40, 200, 800])


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    lengths = cycle(draw(st.lists(LENGTHS, min_size=1, max_size=5)))
    pauses = cycle(draw(st.lists(PAUSES, min_size=1, max_size=6)))
    pieces: list[tuple[float, str | None]] = []
    for attempt in range(draw(st.sampled_from([1, 1, 1, 2]))):
        if attempt:
            pieces.append((next(pauses), None))
        text = draw(answers)
        spent_s = 0.0
        while text:
            length, pause_s = next(lengths), next(pauses) if spent_s < WRITING_S else 0.0
            spent_s += pause_s
            pieces.append((pause_s, text[:length]))
            text = text[length:]
    return Script(tuple(pieces))


troubles = st.one_of(
    st.none(),
    st.none(),
    st.none(),
    st.builds(Trouble, st.sampled_from(["lost", "dark", "down"])),
    st.builds(Trouble, st.just("busy"), st.sampled_from([1.0, 7.0, 30.0])),
)
ends = st.one_of(
    st.builds(End, st.just("kill"), st.integers(1, 300).map(float)),
    st.builds(End, st.just("handover"), st.floats(0, 20)),
)


def some(strategy: st.SearchStrategy[float], at_most: int) -> st.SearchStrategy[tuple[float, ...]]:
    return st.lists(strategy, max_size=at_most).map(tuple)


questions = st.builds(
    Question,
    st.floats(0, 30),
    st.sampled_from("abc"),
    st.one_of(scripts().map(lambda script: (script,)), st.tuples(scripts(), scripts())),
)
stories = st.builds(
    Story,
    kind=st.sampled_from(["workspace", "chats", "pairs", "free"]),
    lookable=st.booleans(),
    size_max=st.sampled_from([300, 1_000, 4_000, 4_000]),
    latency_s=st.sampled_from([0.0, 0.05, 0.3, 2.0]),
    questions=st.lists(questions, min_size=1, max_size=4).map(tuple),
    troubles=st.lists(troubles, max_size=25).map(tuple),
    taken_away_at_s=some(st.floats(0, 30), 2),
    stopped_at_s=st.one_of(st.just(()), some(st.floats(0, 30), 1)),
    ends=st.lists(ends, max_size=2).map(tuple),
)
