"""Customers prove who they are, through real HTTP: by a code in an e-mail on the widget, and by a code of Twilio's or
their number on WhatsApp; the demo shop knows them."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jwt
import pytest

from bridge.backends.demo.shop import DemoShop
from bridge.config import read
from bridge.errors import ConfigError
from bridge.identity.digits import MASK
from bridge.identity.known import Known
from bridge.identity.settings import IdentitySettings
from bridge.ports import Claim
from bridge.stores.memory import MemoryStore, Settings
from bridge.types import Action, Conversation, Outcome, Reply, Trace, Turn
from tests.fakes.core import until
from tests.fakes.helpdesk_server import SECRET as HOOK_SECRET
from tests.fakes.helpdesk_server import helpdesk
from tests.fakes.mail_server import PASSWORD, USER, MailServer, mail_server
from tests.fakes.server import Server, start_server
from tests.fakes.twilio_server import TOKEN
from tests.fakes.twilio_verify import SERVICE, TwilioVerifyServer
from tests.fakes.whatsapp_world import on_whatsapp
from tests.fakes.widget_client import Visitor, visiting

MAYA, TOM = "C-1001", "C-1002"
MAYAS_MAIL, TOMS_PHONE = "maya.okafor@example.com", "+441632960002"
NEEDED = "Please send me your e-mail address or phone number."
SECRET = "a secret between the host and the widget"


class Teller:
    """Plays a brain that tells of orders to their customers only. Mutable: keeps all it has seen."""

    def __init__(self, level: int) -> None:
        self.store = MemoryStore(Settings())
        self.level = level
        self.known: Known | None = None
        self.seen: list[str] = []

    async def answer(self, turn: Turn, conversation: Conversation, emit: Any) -> Reply:
        assert self.known
        self.seen.append(turn.question)
        self.seen += [past.question for past in conversation.turns]
        who = await self.known.of(turn)
        if "order" not in turn.question:
            return Reply(text=f"You asked: {turn.question}", outcome=Outcome.ANSWERED)
        if who.level < self.level:
            needed = Trace(actions=(Action(tool="check_order_status", outcome="identity"),))
            return Reply(text=NEEDED, outcome=Outcome.ANSWERED, trace=needed)
        return Reply(text=f"Dear {who.customer_id}, order 1042 is on its way.", outcome=Outcome.ANSWERED)


def smtp(mails: MailServer) -> dict[str, Any]:
    return {
        "BRIDGE_IDENTITY__SMTP__HOST": "localhost",
        "BRIDGE_IDENTITY__SMTP__PORT": mails.port,
        "BRIDGE_IDENTITY__SMTP__USER": USER,
        "BRIDGE_IDENTITY__SMTP__CA_FILE": mails.ca_file,
        "SMTP_PASSWORD": PASSWORD,
    }


@asynccontextmanager
async def _widget(folder: Path, *, level: int = 2) -> AsyncIterator[tuple[Teller, Visitor, MailServer, Server]]:
    teller, shop = Teller(level), DemoShop(folder / "demo.db")
    teller.known = Known(teller.store, IdentitySettings(), shop)
    async with mail_server(folder) as mails:
        settings = smtp(mails) | {"WIDGET_IDENTITY_SECRET": SECRET}
        async with (
            start_server(teller.answer, store=teller.store, settings=settings, backend=shop) as server,
            visiting(server.url) as visitor,
        ):
            yield teller, visitor, mails, server
    await shop.aclose()


async def _asked(visitor: Visitor, text: str) -> str:
    return str((await visitor.ask(text))["text"])


async def test_a_code_by_email_lets_the_request_go_on_and_leaves_no_trace(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with _widget(tmp_path) as (teller, visitor, mails, _):
        assert await _asked(visitor, "Where is my order 1042?") == NEEDED
        sent = await _asked(visitor, f"It is {MAYAS_MAIL}")
        assert "six digits" in sent
        await until(lambda: len(mails.mails) == 1, within_s=30)
        assert mails.mails[0]["To"] == MAYAS_MAIL
        code = mails.code()
        text = await _asked(visitor, f"{code}. And do you ship to France?")
        assert text.startswith("Thank you, now I know that it is you.")
        assert f"Dear {MAYA}, order 1042 is on its way." in text
        assert teller.seen[0] == "Where is my order 1042?"
        assert any("do you ship to France" in seen for seen in teller.seen)
        assert await _asked(visitor, "Any news of my order?") == f"Dear {MAYA}, order 1042 is on its way."
        events = [entry.body for entry in await teller.store.read(f"events:{visitor.key}", after=0, limit=500)]
        conversation = await teller.store.conversation(visitor.conversation_id, turns_max=50)  # type: ignore[arg-type]
        ours = [(record.getMessage(), vars(record)) for record in caplog.records if record.name != "mail.log"]
        for place in (teller.seen, events, conversation, ours):
            assert code not in repr(place)
        assert any(f"{MASK}. And do you ship to France?" in event for event in events)
        assert MAYAS_MAIL not in repr(ours)


async def test_an_address_of_nobody_is_answered_in_the_same_words(tmp_path: Path) -> None:
    async with _widget(tmp_path) as (_, visitor, mails, server):
        await _asked(visitor, "Where is my order 1042?")
        known = await _asked(visitor, MAYAS_MAIL)
        async with visiting(server.url) as other:
            await _asked(other, "Where is my order 1042?")
            assert await _asked(other, "nobody@example.com") == known
            await until(lambda: len(mails.logins) == 2, within_s=30)
            assert "not the code" in await _asked(other, "123456")
            assert await _asked(other, "Where is my order 1042?") == NEEDED
        assert len(mails.mails) == 1


async def test_a_server_that_ends_after_the_right_code_goes_on_with_the_request(tmp_path: Path) -> None:
    """The code was good once: the attempt after the end must not ask for it again, nor keep it."""
    teller, shop = Teller(2), DemoShop(tmp_path / "demo.db")
    teller.known = Known(teller.store, IdentitySettings(), shop)
    asked = asyncio.Event()

    async def never(turn: Turn, conversation: Conversation, emit: Any) -> Reply:
        if turn.question.startswith("Where is") and any(past.reply for past in conversation.turns):
            asked.set()
            await asyncio.Event().wait()
        return await teller.answer(turn, conversation, emit)

    async with mail_server(tmp_path) as mails:
        settings = smtp(mails) | {"WIDGET_SIGNING_KEY": "k" * 32, "IDENTITY_KEY": "a long random text"}
        async with (
            start_server(never, store=teller.store, settings=settings, backend=shop) as server,
            visiting(server.url) as visitor,
        ):
            await _asked(visitor, "Where is my order 1042?")
            await _asked(visitor, MAYAS_MAIL)
            await until(lambda: len(mails.mails) == 1, within_s=30)
            turn_id = await visitor.say(f"Code: {mails.code()}")
            await asyncio.wait_for(asked.wait(), 10)
            token = visitor.token
        async with (
            start_server(teller.answer, store=teller.store, settings=settings, backend=shop) as server,
            visiting(server.url) as visitor,
        ):
            visitor.token = token
            events = await visitor.read_turn(turn_id)
        assert events[-1].data["text"].endswith(f"Dear {MAYA}, order 1042 is on its way.")
        turn = await teller.store.turn(turn_id)  # type: ignore[arg-type]
        assert mails.code() not in repr(turn)
        assert mails.code() not in repr([event.data for event in events])
    await shop.aclose()


class Held(MemoryStore):
    """Lets no turn end that calls a person before `told` is set. Mutable."""

    def __init__(self, told: asyncio.Event) -> None:
        super().__init__(Settings())
        self.told = told

    async def finish(self, claim: Claim, turn: Turn) -> None:
        if turn.reply and turn.reply.ticket:
            await self.told.wait()
        await super().finish(claim, turn)


async def test_a_help_desk_that_hears_of_a_turn_before_it_has_ended_is_told_no_code(tmp_path: Path) -> None:
    async def passing_on(turn: Turn, conversation: Conversation, emit: Any) -> Reply:
        if "human" not in turn.question:
            return Reply(text=turn.question, outcome=Outcome.ANSWERED)
        return Reply(text="A person looks.", outcome=Outcome.ESCALATED, escalation_reason="model", ticket="ABCD-2345")

    told, shop = asyncio.Event(), DemoShop(tmp_path / "demo.db")
    async with mail_server(tmp_path) as mails, helpdesk() as desk:
        hook = {"BRIDGE_TICKETS__WEBHOOK__URL": f"{desk.url}/hook", "TICKETS_WEBHOOK_SECRET": HOOK_SECRET}
        async with (
            start_server(passing_on, store=Held(told), settings=smtp(mails) | hook, backend=shop) as server,
            visiting(server.url) as visitor,
        ):
            await _asked(visitor, "/verify")
            await _asked(visitor, MAYAS_MAIL)
            await until(lambda: len(mails.mails) == 1, within_s=30)
            await visitor.say(f"{mails.code()}. And now I would like to speak to a human about my order")
            await until(lambda: bool(desk.tickets["hook"]), within_s=30)
            told.set()
    await shop.aclose()
    assert mails.code() not in repr(desk)
    assert "speak to a human" in repr(desk)


async def test_in_the_customers_own_language(tmp_path: Path) -> None:
    async with _widget(tmp_path) as (_, visitor, mails, _):
        await _asked(visitor, "Können Sie mir bitte sagen, wo meine Bestellung ist? (order 1042)")
        assert "sechs Ziffern" in await _asked(visitor, MAYAS_MAIL)
        await until(lambda: len(mails.mails) == 1, within_s=30)
        assert "Code" in mails.mails[0]["Subject"]
        assert "einige Minuten" in mails.mails[0].get_content()
        assert (await _asked(visitor, mails.code())).startswith("Danke, jetzt weiß ich")


async def test_when_the_mail_server_fails_it_is_said_and_a_person_offered(tmp_path: Path) -> None:
    async with _widget(tmp_path) as (_, visitor, mails, _):
        mails.answers = "451 later"
        await _asked(visitor, "Where is my order 1042?")
        await _asked(visitor, MAYAS_MAIL)
        events = await visitor.read_until(lambda event: "can't send or check a code" in repr(event.data))
        assert "A person can help you" in repr(events[-1].data)


async def test_what_the_host_signs_is_enough_for_the_first_level(tmp_path: Path) -> None:
    async with _widget(tmp_path, level=1) as (_, visitor, _, _):
        await visitor.begin(identity=_signed(sub="u-77", email=MAYAS_MAIL, email_verified=True))
        assert await _asked(visitor, "Where is my order 1042?") == f"Dear {MAYA}, order 1042 is on its way."
        await visitor.begin(identity=_signed(sub="u-78", email=MAYAS_MAIL))
        assert await _asked(visitor, "Where is my order 1042?") == NEEDED, "an address nobody has confirmed"
        await visitor.begin(identity=_signed(sub=TOM))
        assert await _asked(visitor, "Where is my order 1042?") == f"Dear {TOM}, order 1042 is on its way."
        await visitor.begin(identity=_signed(sub=TOM, email=MAYAS_MAIL, email_verified=True))
        assert await _asked(visitor, "Where is my order 1042?") == NEEDED, "two customers are nobody"


def _signed(**claims: Any) -> str:
    now = int(time.time())
    return jwt.encode({"aud": "bridge-widget", "iat": now, "exp": now + 600, **claims}, SECRET, algorithm="HS256")


@asynccontextmanager
async def _whatsapp(folder: Path, teller: Teller) -> AsyncIterator[tuple[Any, TwilioVerifyServer]]:
    shop = DemoShop(folder / "demo.db")
    teller.known = Known(teller.store, IdentitySettings(), shop)
    async with TwilioVerifyServer.start() as verify:
        settings = {
            "BRIDGE_IDENTITY__VERIFY__SERVICE_SID": SERVICE,
            "BRIDGE_IDENTITY__VERIFY__API_URL": verify.url,
            "BRIDGE_IDENTITY__COUNTRY_CODE": "+44",
        }
        async with on_whatsapp(teller.answer, store=teller.store, settings=settings, backend=shop) as (twilio, _):
            yield twilio, verify
    await shop.aclose()
    assert not verify.violations


async def _texts(twilio: Any, person: str, count: int) -> list[str]:
    await until(lambda: len(twilio.texts(person)) >= count, within_s=30)
    return list(twilio.texts(person))


async def test_on_whatsapp_the_number_that_writes_is_the_customers(tmp_path: Path) -> None:
    async with _whatsapp(tmp_path, Teller(1)) as (twilio, _):
        await twilio.says("Where is my order 1042?", "whatsapp:" + TOMS_PHONE)
        assert await _texts(twilio, "whatsapp:" + TOMS_PHONE, 1) == [f"Dear {TOM}, order 1042 is on its way."]
        stranger = "whatsapp:+4915112345678"
        await twilio.says("Where is my order 1042?", stranger)
        assert await _texts(twilio, stranger, 1) == [NEEDED]


async def test_on_whatsapp_a_code_of_twilios_proves_another_number(tmp_path: Path) -> None:
    teller, person = Teller(2), "whatsapp:+4915112345678"
    async with _whatsapp(tmp_path, teller) as (twilio, verify):
        await twilio.says("Where is my order 1042?", person)
        await _texts(twilio, person, 1)
        await twilio.says("01632 960 002", person)
        await _texts(twilio, person, 2)
        await until(lambda: TOMS_PHONE in verify.verifications, within_s=30)
        code = verify.code(TOMS_PHONE)
        await twilio.says(f"{(int(code) + 1) % 10**6:06}", person)
        assert "not the code" in (await _texts(twilio, person, 3))[-1]
        await twilio.says(f"{code[:3]} {code[3:]}", person)
        last = (await _texts(twilio, person, 4))[-1]
        assert last.endswith(f"Dear {TOM}, order 1042 is on its way.")
        conversation = await teller.store.conversation("whatsapp:+4915112345678", turns_max=50)  # type: ignore[arg-type]
        assert code not in repr(conversation)
        assert f"{code[:3]} {code[3:]}" not in repr(conversation)
        assert not any(code[:3] in seen for seen in teller.seen)


def test_what_is_missing_is_told_with_the_fix(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    smtp = '[identity.smtp]\nhost = "localhost"\nuser = "me"\nfrom = "nobody"\n'
    path.write_text(f'{smtp}[identity.verify]\nservice_sid = "{SERVICE}"')
    with pytest.raises(ConfigError) as raised:
        read(path, {})
    assert "identity.smtp.from: must be a bare e-mail address" in str(raised.value)
    path.write_text(path.read_text().replace("nobody", "a@b.example"))
    with pytest.raises(ConfigError) as raised:
        read(path, {"TWILIO_AUTH_TOKEN": TOKEN})
    assert "set SMTP_PASSWORD" in str(raised.value)
    assert "set TWILIO_ACCOUNT_SID in" in str(raised.value)
