"""Who somebody is by their channel alone: numbers that are shared on Telegram, addresses that Slack has confirmed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bridge.backends.demo.shop import DemoShop
from bridge.identity.known import Known
from bridge.identity.settings import IdentitySettings
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Action, Conversation, ConversationId, Outcome, Reply, Trace, Turn
from tests.fakes.slack_world import answered, on_slack
from tests.fakes.telegram_bridge import Bridge, telegram_bridge
from tests.fakes.telegram_rules import CONTACT

MAYA, PHONE = "C-1001", "441632960001"
NEEDED = "Please send me your e-mail address or phone number."
ASKED = "To be sure that it is you: which e-mail address or phone number do we have on file for you?"
UNREAD = "I can only read text. Could you put your question in words?"
KNOWN = "Thank you, now I know that it is you."


@asynccontextmanager
async def _telegram(folder: Path) -> AsyncIterator[tuple[Bridge, MemoryStore]]:
    """A brain that tells of orders to their customers only."""
    store, shop = MemoryStore(Settings()), DemoShop(folder / "demo.db")
    known = Known(store, IdentitySettings(), shop)

    async def answer(turn: Turn, conversation: Conversation, emit: Any) -> Reply:
        who = await known.of(turn)
        if not who.level:
            needed = Trace(actions=(Action(tool="check_order_status", outcome="identity"),))
            return Reply(text=NEEDED, outcome=Outcome.ANSWERED, trace=needed)
        return Reply(text=f"Dear {who.customer_id}: {turn.question}", outcome=Outcome.ANSWERED)

    async with telegram_bridge(answer, store=store, backend=shop) as bridge:
        yield bridge, store
    await shop.aclose()


async def test_a_number_that_somebody_shares_of_themselves_lets_the_request_go_on(tmp_path: Path) -> None:
    async with _telegram(tmp_path) as (bridge, _):
        room = bridge.telegram.private()
        bridge.telegram.say(room, "Where is my order 1042?")
        await bridge.texts(room, NEEDED)
        bridge.telegram.say(room, "/verify")
        await bridge.texts(room, NEEDED, ASKED)
        assert bridge.telegram.answers(room)[-1].buttons == ((("Share my phone number", CONTACT),),)
        bridge.telegram.share_contact(room, PHONE)
        last = f"{KNOWN}\n\nDear {MAYA}: Where is my order 1042?"
        await bridge.texts(room, NEEDED, ASKED, last)
        bridge.telegram.say(room, "Thanks, and the other one?")
        await bridge.texts(room, NEEDED, ASKED, last, f"Dear {MAYA}: Thanks, and the other one?")


async def test_a_button_below_the_question_asks_for_the_number(tmp_path: Path) -> None:
    async with _telegram(tmp_path) as (bridge, _):
        room = bridge.telegram.private()
        bridge.telegram.say(room, "Where is my order 1042?")
        await bridge.texts(room, NEEDED)
        asks = bridge.telegram.answers(room)[-1]
        assert [label for row in asks.buttons for label, _ in row] == ["📱 Share my phone number", "🔄 Try again"]
        bridge.telegram.press(asks, "📱 Share my phone number")
        bridge.telegram.press(asks, "📱 Share my phone number")
        await bridge.texts(room, NEEDED, ASKED)
        assert bridge.telegram.answers(room)[-1].buttons == ((("Share my phone number", CONTACT),),)
        bridge.telegram.share_contact(room, PHONE)
        await bridge.texts(room, NEEDED, ASKED, f"{KNOWN}\n\nDear {MAYA}: Where is my order 1042?")


async def test_a_number_of_somebody_else_counts_for_nobody(tmp_path: Path) -> None:
    async with _telegram(tmp_path) as (bridge, store):
        room = bridge.telegram.private()
        maya = bridge.telegram.person("Maya")
        bridge.telegram.share_contact(room, f"+{PHONE}", of=maya)
        await bridge.texts(room, UNREAD)
        bridge.telegram.say(room, "Where is my order 1042?")
        await bridge.texts(room, UNREAD, NEEDED)
        passed_on = bridge.telegram.write(room)
        passed_on.versions.clear()
        passed_on.service["contact"] = {"phone_number": PHONE, "first_name": "M", "user_id": passed_on.sender.id}
        passed_on.service["forward_origin"] = {"type": "hidden_user", "sender_user_name": "M", "date": 1}
        bridge.telegram.updates.push(bridge.telegram.told(passed_on))
        await bridge.texts(room, UNREAD, NEEDED, UNREAD)
        assert await store.get(f"telegram:contact:{bridge.telegram.token.partition(':')[0]}:{maya.id}") is None


async def test_in_a_group_each_sender_is_known_by_themselves(tmp_path: Path) -> None:
    async with _telegram(tmp_path) as (bridge, _):
        room = bridge.telegram.private()
        bridge.telegram.share_contact(room, PHONE)
        await bridge.texts(room, KNOWN)
        group = bridge.telegram.group()
        body = (await bridge.telegram.call("getMe", {})).body
        assert isinstance(body, dict)
        name = body["result"]["username"]
        bridge.telegram.say(group, f"@{name} my order?", by=room.owner)
        await bridge.texts(group, f"Dear {MAYA}: my order?")
        bridge.telegram.say(group, f"@{name} my order?", by=bridge.telegram.person("Ben"))
        await bridge.texts(group, f"Dear {MAYA}: my order?", NEEDED)


MAIL = "maya.okafor@example.com"
CONFIRMED = {"email": MAIL, "is_email_confirmed": True}


@pytest.mark.parametrize(
    ("account", "scope", "wanted", "email"),
    [
        (CONFIRMED, True, True, MAIL),
        (CONFIRMED, False, True, ""),
        (CONFIRMED, True, False, ""),
        ({"email": MAIL}, True, True, ""),
        (CONFIRMED | {"is_email_confirmed": "true"}, True, True, ""),
        (CONFIRMED | {"team_id": "T9"}, True, True, ""),
        (CONFIRMED | {"is_stranger": True}, True, True, ""),
    ],
    ids=["confirmed", "no scope", "not wanted", "not confirmed", "odd", "another company", "a stranger"],
)
async def test_slack_vouches_for_addresses_that_it_has_confirmed(
    account: dict[str, Any], scope: bool, wanted: bool, email: str
) -> None:
    store = MemoryStore(Settings())
    settings = {"BRIDGE_CHANNELS__SLACK__VOUCH_EMAILS": str(wanted).lower()}
    async with on_slack(store=store, settings=settings) as (slack, _):
        if scope:
            slack.team.scopes.add("users:read.email")
        slack.team.accounts["U1"] = dict(account)
        channel = slack.team.direct("U1").id
        ts = await slack.people.say("U1", channel, "Where is my order 1042?")
        await answered(slack, channel)
        id = ConversationId(f"slack:{slack.team.id}:{channel}:{ts}")
        while await store.unfinished(id):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        conversation = await store.conversation(id, turns_max=5)
        assert [turn.inbounds[0].sender.vouched.get("email", "") for turn in conversation.turns] == [email]
