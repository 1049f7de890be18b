"""Whatever goes wrong between us and a real platform's stand-in, people see each final text whole, once and in order:
our channels, the vendors' SDKs and HTTP, in a time that jumps.

`TEST_EXAMPLES` runs more examples than the usual suite, each time other ones.
"""

import asyncio
import os
import re
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bridge import metrics
from bridge.channels.slack.blocks import STOP
from bridge.channels.telegram.places import place
from bridge.delivery.pages import composed
from bridge.markdown.entities import COLUMNS_MAX
from bridge.markdown.layout import Layout
from bridge.markdown.parse import parse
from bridge.markdown.plain import plain
from bridge.markdown.split import split
from bridge.ports import Emit
from bridge.types import (
    Conversation,
    Inbound,
    Outcome,
    Reply,
    Sender,
    TextDelta,
    TextReset,
    Turn,
    new_id,
    without_marks,
)
from tests.contract.channels import NAMES, WidgetStage, stage
from tests.contract.stage_slack import SlackStage
from tests.contract.stage_telegram import DONE, TelegramStage
from tests.contract.stage_whatsapp import WhatsAppStage
from tests.fakes import slack_server, telegram_server, twilio_values
from tests.fakes.core import ANEW, Core, empty_store, running
from tests.fakes.mortal import Life, mortal, mortal_store
from tests.fakes.telegram_limits import Limits as TelegramLimits
from tests.fakes.virtual_time import SocketTimeLoop
from tests.unit.markdown.made import answers as all_answers

EXAMPLES = int(os.environ.get("TEST_EXAMPLES", "0"))
WITHIN_S = 1_500.0
SETTLE_S = 20.0
WRITING_S = 15.0

How = Literal["lost", "reset", "broken", "busy"]
Trouble = tuple[Literal["post", "edit", "delete"], How] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """`texts` are the answers to the questions, each with what was said before it began anew; `lengths` of its pieces
    and `pauses_s` between them."""

    texts: tuple[tuple[str, ...], ...]
    lengths: tuple[int, ...]
    pauses_s: tuple[float, ...]
    latency_s: float
    posts: tuple[How | None, ...]
    edits: tuple[How | None, ...]
    taken_away_at_s: tuple[float, ...]
    ends: tuple[tuple[Literal["kill", "handover"], float], ...]


answers = all_answers.map(lambda text: text.replace("<!here>", "here"))
stories = st.builds(
    Story,
    texts=st.lists(
        st.one_of(answers.map(lambda text: (text,)), st.tuples(answers, answers)), min_size=1, max_size=2
    ).map(tuple),
    lengths=st.lists(st.sampled_from([5, 20, 80, 400]), min_size=1, max_size=4).map(tuple),
    pauses_s=st.lists(st.sampled_from([0.02, 0.1, 0.3, 1.0, 3.0]), min_size=1, max_size=5).map(tuple),
    latency_s=st.sampled_from([0.0, 0.05, 0.3]),
    posts=st.lists(st.sampled_from([None, None, "lost", "reset", "broken", "busy"]), max_size=4).map(tuple),
    edits=st.lists(st.sampled_from([None, None, None, "lost", "reset", "broken", "busy"]), max_size=8).map(tuple),
    taken_away_at_s=st.lists(st.floats(0, 15), max_size=1).map(tuple),
    ends=st.lists(
        st.one_of(
            st.tuples(st.just("kill"), st.integers(5, 200).map(float)), st.tuples(st.just("handover"), st.floats(0, 10))
        ),
        max_size=1,
    ).map(tuple),
)


# ------------------------------------------------------------ each platform


def _prepare(where: Any, story: Story) -> None:
    """Limits as published, and the troubles."""
    match where:
        case SlackStage(platform=slack):
            slack.latency_s = story.latency_s
            slack.will("chat.postMessage", *map(_on_slack, story.posts))
            slack.will("chat.update", *map(_on_slack, story.edits))
        case TelegramStage(server=server):
            server.flood.limits = TelegramLimits()
            server.latency_s = story.latency_s
            server.faults["sendmessage"] = deque(map(_on_telegram, story.posts))
            server.faults["editmessagetext"] = deque(map(_on_telegram, story.edits))
        case WhatsAppStage(twilio=twilio):
            twilio.latency_s = story.latency_s
            twilio.fail("create", *(fault for fault in map(_on_whatsapp, story.posts) if fault))


def _on_slack(how: How | None) -> slack_server.Fault | None:
    match how:
        case "lost":
            return slack_server.LOST
        case "reset":
            return slack_server.RESET
        case "broken":
            return slack_server.broken()
        case "busy":
            return slack_server.ratelimited(7)
    return None


def _on_telegram(how: How | None) -> telegram_server.Fault:
    match how:
        case "lost":
            return telegram_server.Lost()
        case "reset":
            return telegram_server.Reset()
        case "broken":
            return telegram_server.Broken()
        case "busy":
            return telegram_server.TooMany(7)
    return telegram_server.Slow(0.0)


def _on_whatsapp(how: How | None) -> twilio_values.Fault | None:
    match how:
        case "lost":
            return twilio_values.LoseAnswer()
        case "reset":
            return twilio_values.Reset()
        case "broken":
            return twilio_values.Broken()
        case "busy":
            return twilio_values.TooMany(7)
    return None


def _take_away(where: Any) -> None:
    """Somebody deletes the newest message of ours that is still a draft."""
    match where:
        case SlackStage(platform=slack):
            _, channel, thread = where.to.key.split(":")
            for newest in slack.answers(channel, thread)[-1:]:
                newest.deleted = any(button.action_id == STOP for button in newest.buttons)
        case TelegramStage(server=server):
            for message in server.answers(server.rooms[place(where.to).chat])[-1:]:
                if not any(label[0] in DONE for row in message.buttons for label, _ in row):
                    server.take_away(message)


async def _seen(where: Any) -> list[str]:
    """What people see of us, oldest first."""
    match where:
        case SlackStage(platform=slack):
            _, channel, thread = where.to.key.split(":")
            return [message.shown for message in slack.answers(channel, thread)]
        case TelegramStage():
            return [message.text for message in where._answers(where.to)]
        case WhatsAppStage(twilio=twilio):
            return list(twilio.texts(f"whatsapp:{where.to.key}"))
        case WidgetStage():
            return list(await where.finals(where.to))
    raise NotImplementedError(where)


def _violations(where: Any) -> list[str]:
    platform = getattr(where, "platform", None) or getattr(where, "server", None) or getattr(where, "twilio", None)
    return platform.violations if platform else []


def _refusals(where: Any, story: Story) -> list[str]:
    """What a platform refused though nobody told it to."""
    scripted = [*story.posts, *story.edits].count("busy")
    match where:
        case SlackStage(platform=slack):
            return [error for error in slack.refusals if error != "message_not_found"]
        case TelegramStage(server=server):
            statuses = Counter(status for _, status in server.refusals.elements())
            # An edit is made again when its answer was lost, or what was edited is gone.
            again = len(story.taken_away_at_s) + story.edits.count("lost") + len(story.ends)
            too_many = ["too many requests"] * (statuses[429] > scripted)
            return too_many + ["a bad request"] * (statuses[400] > again)
        case WhatsAppStage(twilio=twilio):
            return ["too many for the pair"] * (twilio.refusals[63018] > 0)
    return []


_MAY_RETURN = re.compile("went back|stale edit")


def began_anew(story: Story) -> bool:
    """A text that begins again may be what it was before."""
    return bool(story.ends) or any(len(texts) > 1 for texts in story.texts)


# ------------------------------------------------------------ the telling


@dataclass(slots=True)
class Teller:
    """Mutable."""

    story: Story
    asked: list[Turn] = field(default_factory=list)

    async def write(self, turn: Turn, conversation: Conversation, emit: Emit) -> Reply:
        texts = self.story.texts[int(turn.question.split()[0])]
        lengths, pauses_s, spent_s = cycle(self.story.lengths), cycle(self.story.pauses_s), 0.0
        for number, text in enumerate(texts):
            if number:
                emit(TextReset())
            at = 0
            while at < len(text):
                pause_s = next(pauses_s) if spent_s < WRITING_S else 0.0
                spent_s += pause_s
                await asyncio.sleep(pause_s)
                length = next(lengths)
                emit(TextDelta(text[at : at + length]))
                at += length
        return Reply(text=texts[-1], outcome=Outcome.ANSWERED)

    async def tell(self, name: str) -> tuple[list[Turn], list[str], list[str], list[list[str]]]:
        """Turns, what is seen, violations, and what should be seen of each turn."""
        async with asyncio.timeout(WITHIN_S):
            store = empty_store()
            async with stage(name, store) as where:
                _prepare(where, self.story)
                turn_ids = []
                others: list[Any] = []
                for number in range(len(self.story.texts)):
                    inbound = Inbound(
                        event_id=f"{name}:somewhere:somebody:{new_id()}",
                        address=where.to,
                        sender=Sender("somebody"),
                        text=str(number),
                        received_at=datetime.now(UTC),
                    )
                    turn_ids.append((await store.accept(inbound)).turn_id)
                for number, end in enumerate((*self.story.ends, None)):
                    channel: Any = where.channel
                    if number and name != "whatsapp":
                        channel = where.another()
                        others.append(channel)
                    life = Life(int(end[1]) if end and end[0] == "kill" else None)
                    people = asyncio.ensure_future(self._people(where))
                    async with running(mortal(channel, life), self.write, store=mortal_store(store, life)) as core:
                        done = asyncio.ensure_future(self._over(core, store, turn_ids))
                        killed = asyncio.ensure_future(life.over.wait())
                        timeout = end[1] if end and end[0] == "handover" else None
                        await asyncio.wait([done, killed], timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
                        if end is None:
                            await done
                            await asyncio.sleep(SETTLE_S)
                        for task in (done, killed, people):
                            task.cancel()
                            with suppress(asyncio.CancelledError):
                                await task
                turns = [turn for turn_id in dict.fromkeys(turn_ids) if (turn := await store.turn(turn_id))]
                for channel in others:
                    await channel.close()
                limits = where.channel.limits(where.to)
                wanted = []
                for turn in turns:
                    assert turn.reply is not None
                    text = without_marks(turn.reply.text) if name == "whatsapp" else turn.reply.text
                    pages = split(composed(text, turn.reply, limits), limits.size_max, limits.size)
                    wanted.append([where.shown(page).strip() for page in pages])
                violations = _violations(where)
                seen = [text.strip() for text in await _seen(where)]
                noted = [each for each in violations if not (began_anew(self.story) and _MAY_RETURN.search(each))]
                violations.clear()
                return turns, seen, [*noted, *_refusals(where, self.story)], wanted

    async def _people(self, where: Any) -> None:
        for at_s in self.story.taken_away_at_s:
            await asyncio.sleep(at_s)
            _take_away(where)

    async def _over(self, core: Core, store: Any, turn_ids: list[Any]) -> None:
        while True:
            turns = [await store.turn(turn_id) for turn_id in turn_ids]
            if all(turn and turn.reply for turn in turns):
                return
            await asyncio.sleep(0.5)


def _read(text: str, name: str) -> str:
    """What a person reads of an answer; in Telegram the rows of wide tables are lists that repeat the heads."""
    if name != "telegram":
        return plain(text)
    return "".join(run.text for run in Layout((), columns_max=COLUMNS_MAX).document(parse(text)))


def _letters(text: str) -> str:
    return "".join(re.findall(r"\w", text))


def _repeated(name: str) -> float:
    return float(metrics.POSTS_REPEATED.labels(name)._value.get())


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # stories are long
@pytest.mark.parametrize("name", NAMES)
def test_people_see_each_final_text_whole_once_and_in_order(name: str) -> None:
    @settings(
        max_examples=EXAMPLES or 8,
        derandomize=not EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(stories)
    def told(story: Story) -> None:
        before = _repeated(name)
        with asyncio.Runner(loop_factory=SocketTimeLoop) as runner:
            turns, seen, violations, wanted = runner.run(Teller(story).tell(name))
        assert violations == []
        judge(name, story, turns, seen, wanted, int(_repeated(name) - before))

    told()


def judge(name: str, story: Story, turns: list[Turn], seen: list[str], wanted: list[list[str]], repeated: int) -> None:
    finals = [texts[-1] for texts in story.texts]
    assert [turn.reply.text for turn in turns if turn.reply] == finals[: len(turns)] or len(turns) < len(finals)
    if name == "whatsapp":
        _judge_bubbles(story, seen, wanted)
        return
    left = list(seen)
    expected = [page for pages in wanted for page in pages]
    orphans = []
    for page in expected:
        while left and left[0] != page:
            orphans.append(left.pop(0))
        assert left, (page, seen)
        left.pop(0)
    orphans += left
    lost = sum(how == "lost" for how in story.posts) + len(story.ends)
    assert len(orphans) <= (min(lost, repeated) if name == "telegram" else 0), orphans
    if all(len(pages) == 1 for pages in wanted):
        for turn, pages in zip(turns, wanted, strict=True):
            assert turn.reply is not None
            shown = pages[0] if name == "telegram" else plain(pages[0])
            assert _letters(shown) == _letters(_read(turn.reply.text, name))


def _judge_bubbles(story: Story, seen: list[str], wanted: list[list[str]]) -> None:
    """What was said before a new beginning stays, and then that is said."""
    shown, whole = _letters("".join(seen)), [_letters("".join(pages)) for pages in wanted]
    if shown != "".join(whole):
        assert any(len(texts) > 1 for texts in story.texts)
        assert _letters(ANEW) in shown
        assert shown.endswith(whole[-1])
