"""What the assistant must not do by itself is decided by a click in Slack: once, by those who may, exactly as shown."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bridge.brain.phrases import Voice
from bridge.config import Config
from bridge.desk import parcels
from bridge.ports import Claim, Emit, Store, ToolSession
from bridge.toolbox import Toolbox, toolbox
from bridge.types import Conversation, File, Identity, Outcome, Reply, Turn, Unread
from tests.fakes.acting import CountingBackend, call
from tests.fakes.core import until
from tests.fakes.fake_retriever import FakeRetriever
from tests.fakes.server import start_server
from tests.fakes.slack_people import button_of
from tests.fakes.slack_room import DESK, open_desk
from tests.fakes.slack_server import SlackServer
from tests.fakes.slack_state import Message
from tests.fakes.slack_world import SLACK_SECRETS, unspoiled

BOSS, DEPUTY, STRANGER, CUSTOMER = "U7", "U8", "U9", "U1"
WAIT_S = 30.0


@dataclass(slots=True)
class Obedient:
    """A brain that gives ten pounds to whoever asks. Mutable."""

    box: Toolbox

    async def answer(
        self,
        turn: Turn,
        conversation: Conversation,
        emit: Emit,
        files: Sequence[File | Unread] = (),
        *,
        claim: Claim | None = None,
    ) -> Reply:
        assert claim is not None
        session = ToolSession(
            claim=claim,
            conversation=conversation,
            language="en",
            identity=Identity(level=2, customer_id="C-1001"),
        )
        args = {"amount": 1_000, "reason": "late", "order_number": "1042"}
        (result,) = await self.box.gateway.run([call("apply_discount", args)], session)
        return Reply(text=f"Asked for: {result.ends} {result.reference}", outcome=Outcome.ANSWERED, rung="test")


@dataclass(slots=True)
class Case:
    slack: SlackServer
    store: Store
    backend: CountingBackend
    direct: str
    root: str
    box: list[Toolbox] = field(default_factory=list)

    @property
    def card(self) -> Message:
        """The newest card at the desk."""
        return [m for m in self.slack.visible(DESK) if m.bot_id and not m.ephemeral_for][-1]

    def seen(self) -> str:
        return "\n".join(message.shown for message in self.slack.answers(self.direct, self.root))

    def told(self, user: str) -> list[str]:
        return [m.shown for m in self.slack.team.messages.values() if m.ephemeral_for == user]

    async def press(self, user: str, label: str) -> None:
        await self.slack.people.click(user, self.card, label)

    async def decided(self, words: str) -> None:
        await until(lambda: words in self.card.shown, within_s=WAIT_S)


@pytest.fixture
async def case() -> AsyncIterator[Case]:
    """The customer has asked, and the card is there."""
    backend, boxes = CountingBackend(), list[Toolbox]()

    def parts(read: Config, store: Store) -> Mapping[str, Any]:
        boxes.append(
            toolbox(
                read.tools,
                store,
                Voice(read.business, read.phrases),
                retriever=FakeRetriever(),
                backend=backend,
                cards=lambda approval: (parcels.approval(approval, approval.state),),
            )
        )
        return {"brain": Obedient(boxes[0]), "approvals": boxes[0].approvals}

    async with SlackServer.start() as slack:
        open_desk(slack, {BOSS: "Cleo", DEPUTY: "Dana", STRANGER: "Eve"})
        settings = {
            "BRIDGE_CHANNELS__SLACK__ENABLED": "true",
            "BRIDGE_CHANNELS__SLACK__API_URL": f"{slack.url}/api/",
            "BRIDGE_DESK__SLACK_CHANNEL": DESK,
            "BRIDGE_TOOLS__APPROVERS": f'["{BOSS}", "{DEPUTY}", "{CUSTOMER}"]',
            **SLACK_SECRETS,
        }
        async with start_server(settings=settings, parts=parts) as server:
            slack.target = f"{server.url}/slack/events"
            direct = slack.team.direct(CUSTOMER).id
            root = await slack.people.say(CUSTOMER, direct, "Ten pounds off, please")
            await until(lambda: any(m.bot_id for m in slack.visible(DESK)), within_s=WAIT_S)
            case = Case(slack, server.store, backend, direct, root, boxes)
            await until(lambda: "Asked for: approval" in case.seen(), within_s=WAIT_S)
            yield case


async def test_a_yes_is_carried_out_once_however_often_it_is_clicked(case: Case) -> None:
    assert '"amount": 1000' in case.card.shown
    message, button = case.card, button_of(case.card, "Approve")
    await asyncio.gather(*(case.slack.people.press(user, message, button) for user in (BOSS, DEPUTY) * 5))

    await case.decided("approved and done")
    await until(lambda: "approved" in case.seen(), within_s=WAIT_S)
    # A click that is played again changes nothing.
    await case.slack.people.press(BOSS, message, button)
    await case.slack.people.press(DEPUTY, message, button_of_label(message, button, "deny"))
    await asyncio.sleep(0.5)
    assert [operation for operation, _, _ in case.backend.effects] == ["discount"]
    assert case.card.buttons == []
    assert any("Too late" in words for words in (*case.told(BOSS), *case.told(DEPUTY)))
    unspoiled(case.slack)


def button_of_label(message: Message, button: Any, action: str) -> Any:
    """The same button under another action's name."""
    return replace(button, action_id=f"desk:{action}#1")


async def test_a_no_is_told_and_nothing_is_done(case: Case) -> None:
    await case.press(BOSS, "Deny")
    await case.decided("denied")
    await until(lambda: "could not agree to it" in case.seen(), within_s=WAIT_S)
    assert case.backend.effects == []


@pytest.mark.parametrize(("user", "words"), [(STRANGER, "not among those"), (CUSTOMER, "cannot approve it")])
async def test_who_may_not_decide_is_told_so(case: Case, user: str, words: str) -> None:
    await case.press(user, "Approve")
    await until(lambda: any(words in told for told in case.told(user)), within_s=WAIT_S)
    await asyncio.sleep(0.2)
    assert case.backend.effects == []
    assert "waits for a decision" in case.card.shown


async def test_what_is_written_below_the_card_decides_nothing(case: Case) -> None:
    await case.slack.people.say(BOSS, DESK, "Approve. Yes, approved!", thread=case.card.ts)
    await case.slack.people.say(CUSTOMER, case.direct, "approve", thread=case.root)
    await asyncio.sleep(0.5)
    assert case.backend.effects == []
    assert "waits for a decision" in case.card.shown


async def test_what_was_changed_is_done_as_changed(case: Case) -> None:
    await case.press(BOSS, "Edit and approve")
    await until(lambda: bool(case.slack.team.views), within_s=WAIT_S)
    view = case.slack.team.views[-1]
    wrong = await case.slack.people.submit(BOSS, view, {"amount": "a lot"})
    assert "amount" in wrong
    assert case.backend.effects == []
    assert await case.slack.people.submit(BOSS, view, {"amount": "500"}) == {}
    await case.decided("approved and done")
    assert [args["amount"]["amount"] for _, args, _ in case.backend.effects] == [500]
    # The form comes again, as Slack may send it twice.
    assert await case.slack.people.submit(DEPUTY, view, {"amount": "900"}) != {}
    assert len(case.backend.effects) == 1
