"""The fake Twilio refuses, signs, loses and swaps as the real one may: driven through the real SDK."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientSession, encode_basic_auth, web
from aiohttp.client_exceptions import ClientError
from twilio.base.exceptions import TwilioRestException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from tests.fakes.core import until
from tests.fakes.loopback import on_loopback
from tests.fakes.twilio_rules import Template
from tests.fakes.twilio_server import PERSON, SENDER, SID, TEMPLATE, TOKEN, TwilioServer
from tests.fakes.twilio_values import (
    Attempt,
    Broken,
    Callbacks,
    File,
    Hang,
    LateAnswer,
    LoseAnswer,
    Reset,
    TooMany,
)

OTHER = "whatsapp:+4915187654321"
PUBLIC = "https://chat.example.com"


class Redirected(AsyncHttpClient):  # type: ignore[misc] # the SDK has no types
    """Sends every call of the SDK to the fake."""

    def __init__(self, base: str, http: ClientSession) -> None:
        super().__init__(logging.getLogger("twilio"), is_async=True)
        self._base = base
        self._http = http

    async def request(self, method: str, uri: str, *args: Any, **more: Any) -> Response:
        url = re.sub(r"https://(api|messaging)\.twilio\.com", self._base, uri, count=1)
        headers = {**more["headers"], "Authorization": encode_basic_auth(*more["auth"])}
        params, data = more.get("params"), more.get("data")
        async with self._http.request(method, url, headers=headers, params=params, data=data) as response:
            return Response(response.status, await response.text(), response.headers)


class Ours:
    """A server of ours that keeps what Twilio posts. Mutable."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, str], str]] = []
        """Path with query, fields, signature."""
        self.answers: list[web.Response] = []
        self.tokens: list[str] = []

    async def hear(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.heard.append((request.path_qs, form, request.headers.get("X-Twilio-Signature", "")))
        self.tokens.append(request.headers.get("I-Twilio-Idempotency-Token", ""))
        return self.answers.pop(0) if self.answers else web.Response(status=204)

    def statuses(self) -> list[str]:
        return [form["MessageStatus"] for path, form, _ in self.heard if path.startswith("/twilio/status")]


@pytest.fixture
async def ours() -> AsyncIterator[tuple[Ours, str]]:
    kept = Ours()
    app = web.Application()
    app.router.add_post("/{path:.*}", kept.hear)
    async with on_loopback(app) as url:
        yield kept, url


@asynccontextmanager
async def twilio(ours: tuple[Ours, str], **options: Any) -> AsyncIterator[tuple[TwilioServer, Client]]:
    options = {"sent_s": 0.005, "delivered_s": 0.005, "read_s": 0.005, **options}
    started = TwilioServer.start(public_url=PUBLIC, target=ours[1], **options)
    async with started as fake, ClientSession() as http:
        yield fake, Client(SID, TOKEN, http_client=Redirected(fake.url, http))


async def create(client: Client, **more: Any) -> Any:
    made = {"from_": SENDER, "to": PERSON, "status_callback": f"{PUBLIC}/twilio/status"} | more
    return await client.messages.create_async(**({"body": "Hello"} | made if "content_sid" not in more else made))


async def refused(call: Awaitable[Any]) -> tuple[int, int]:
    with pytest.raises(TwilioRestException) as error:
        await call
    return error.value.status, error.value.code or 0


async def test_a_message_goes_from_the_queue_to_the_eyes(ours: tuple[Ours, str]) -> None:
    async with twilio(ours) as (fake, client):
        await fake.says("Hi")
        made = await create(client)
        assert made.status == "queued"
        assert made.sid.startswith("SM")

        await until(lambda: ours[0].statuses() == ["queued", "sent", "delivered", "read"])

        assert fake.texts() == ["Hello"]
        assert (await client.messages(made.sid).fetch_async()).status == "read"
        assert not fake.violations


async def test_webhooks_carry_the_signature_that_the_sdk_expects(ours: tuple[Ours, str]) -> None:
    async with twilio(ours, webhook_path="/twilio/whatsapp?a=%20b#rc=5&rp=all") as (fake, client):
        await fake.says("Grüße 👩‍🚀", name="Zoë")
        await create(client, body="Antwort")
        await until(lambda: len(ours[0].heard) == 5)

    validator = RequestValidator(TOKEN)
    for path, form, signature in ours[0].heard:
        assert validator.validate(PUBLIC + path, form, signature), path
        assert not validator.validate(PUBLIC + path, form | {"Body": "forged"}, signature)
        assert not validator.validate(PUBLIC + path + "#rc=5&rp=all", form, signature)


async def test_credentials_are_checked(ours: tuple[Ours, str]) -> None:
    async with twilio(ours) as (_, client):
        for account, token in ((SID, "wrong"), ("AC" + "2" * 32, TOKEN)):
            stranger = Client(account, token, http_client=client.http_client)
            assert await refused(create(stranger)) == (401, 20003)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"body": "x" * 1_601}, 21617),
        ({"body": "👍" * 801}, 21617),
        ({"body": " \n"}, 21619),
        ({"to": "whatsapp:491511"}, 21211),
        ({"to": "+4915112345678"}, 21211),
        ({"from_": "whatsapp:+15550009999"}, 63007),
        ({"status_callback": "ftp://chat.example.com"}, 21609),
        ({"validity_period": 36_001}, 21626),
        ({"content_sid": "HX1"}, 21655),
        ({"content_sid": "HX" + "b" * 32}, 21655),
        ({"content_sid": TEMPLATE, "body": "and text"}, 21620),
        ({"content_sid": TEMPLATE, "content_variables": "not JSON"}, 21656),
        ({"content_sid": TEMPLATE, "content_variables": "{}"}, 21656),
        ({"content_sid": TEMPLATE, "content_variables": '{"1": ""}'}, 21656),
        ({"content_sid": TEMPLATE, "content_variables": '{"1": "two\\nlines"}'}, 21656),
        ({"content_variables": '{"1": "Ana"}'}, 21654),
    ],
)
async def test_what_cannot_be_sent_is_refused_at_once(ours: tuple[Ours, str], more: dict[str, Any], code: int) -> None:
    async with twilio(ours) as (fake, client):
        await fake.says("Hi")
        assert await refused(create(client, **more)) == (400, code)
        assert fake.refusals[code] == 1
        assert fake.outbound() == []


async def test_a_text_of_exactly_the_limit_is_taken(ours: tuple[Ours, str]) -> None:
    async with twilio(ours) as (fake, client):
        await fake.says("Hi")
        await create(client, body="👍" * 800)
        await until(lambda: fake.texts() == ["👍" * 800])


async def test_outside_the_window_only_templates_arrive(ours: tuple[Ours, str]) -> None:
    async with twilio(ours) as (fake, client):
        await fake.says("Hi")
        fake.age(PERSON, 24.1)
        await create(client)
        await until(lambda: ours[0].statuses() == ["queued", "failed"])
        assert ours[0].heard[-1][1]["ErrorCode"] == "63016"

        await create(client, content_sid=TEMPLATE, content_variables='{"1": "Ana"}')
        await until(lambda: fake.texts() == ["Hello Ana, we have news."])

        fake.window_error_on_create = True
        assert await refused(create(client)) == (400, 63016)


async def test_a_pair_has_four_messages_and_then_one_each_six_seconds(ours: tuple[Ours, str]) -> None:
    async with twilio(ours, pair_refill_s=0.2) as (fake, client):
        await fake.says("Hi")
        await fake.says("Hi", OTHER)
        for number in range(5):
            message = await create(client, body=str(number))
            await fake.messages[message.sid].gone.wait()
        await create(client, to=OTHER)
        assert fake.texts() == ["0", "1", "2", "3"]
        assert fake.refusals[63018] == 1
        await until(lambda: "undelivered" in ours[0].statuses())

        await asyncio.sleep(0.2)
        message = await create(client, body="5")
        await fake.messages[message.sid].gone.wait()
        assert fake.texts() == ["0", "1", "2", "3", "5"]
        assert fake.texts(OTHER) == ["Hello"]


async def test_messages_that_do_not_wait_for_each_other_arrive_swapped(ours: tuple[Ours, str]) -> None:
    async with twilio(ours, sent_s=0.2) as (fake, client):
        await fake.says("Hi")
        for text in ("one", "two", "three"):
            await create(client, body=text)
        await until(lambda: len(fake.texts()) == 3)

        assert fake.texts() == ["three", "two", "one"]
        assert len(fake.violations) == 2


async def test_a_stranger_and_a_stalled_queue_are_told_in_the_callback(ours: tuple[Ours, str]) -> None:
    async with twilio(ours, strangers={OTHER}, stalls_s={PERSON: 1.05}) as (fake, client):
        await create(client, to=OTHER)
        await until(lambda: "undelivered" in ours[0].statuses())
        assert ours[0].heard[-1][1]["ErrorCode"] == "63024"

        await fake.says("Hi")
        await create(client, validity_period=1)
        await until(lambda: "failed" in ours[0].statuses())
        assert ours[0].heard[-1][1]["ErrorCode"] == "30036"
        assert fake.texts() == []


async def test_callbacks_can_come_twice_backwards_or_never(ours: tuple[Ours, str]) -> None:
    async with twilio(ours, callbacks=Callbacks(twice=True)) as (fake, client):
        await fake.says("Hi")
        await create(client)
        await until(lambda: ours[0].statuses() == [s for s in ("queued", "sent", "delivered", "read") for _ in "12"])
        fake.callbacks = Callbacks(never=frozenset({"queued", "sent", "delivered"}))
        await create(client)
        await until(lambda: len(fake.texts()) == 2)
        await until(lambda: ours[0].statuses()[8:] == ["read"])
        fake.callbacks = Callbacks(backwards=True)
        await create(client)
        await until(lambda: len(ours[0].statuses()) == 13)
        assert set(ours[0].statuses()[9:]) == {"queued", "sent", "delivered", "read"}


async def test_the_typing_indicator_belongs_to_a_message_of_the_person(ours: tuple[Ours, str]) -> None:
    async with twilio(ours) as (fake, client):
        typing = client.messaging.v2.typing_indicator
        sid = await fake.says("Hi")
        assert (await typing.create_async("whatsapp", sid)).success
        assert fake.typing()
        assert not fake.typing(OTHER)
        assert sid in fake.read

        answer = await create(client)
        await fake.messages[answer.sid].gone.wait()
        assert not fake.typing()
        assert (await refused(typing.create_async("whatsapp", answer.sid)))[0] == 400
        assert (await refused(typing.create_async("whatsapp", "SM" + "f" * 32)))[0] == 400
        assert (await refused(typing.create_async("WHATSAPP", sid)))[0] == 400


async def test_the_list_shows_both_directions_newest_first_in_pages(ours: tuple[Ours, str]) -> None:
    async with twilio(ours) as (fake, client):
        asked = [await fake.says(str(number), reached=False) for number in range(5)]
        await fake.says("not hers", OTHER, reached=False)
        await create(client)
        await until(lambda: fake.texts() == ["Hello"])

        inbound = await client.messages.list_async(to=SENDER, from_=PERSON, page_size=2)
        assert [message.sid for message in inbound] == asked[::-1]
        assert {message.direction for message in inbound} == {"inbound"}
        assert [m.body for m in await client.messages.list_async(to=PERSON)] == ["Hello"]

        tomorrow = datetime.now(UTC) + timedelta(days=1)
        assert len(await client.messages.list_async(date_sent_after=datetime.now(UTC))) == 7
        assert await client.messages.list_async(date_sent_after=tomorrow) == []
        fake.stalls_s[PERSON] = 60
        await create(client, body="queued")
        assert [m.body for m in await client.messages.list_async(to=PERSON)] == ["queued", "Hello"]
        assert [m.body for m in await client.messages.list_async(to=PERSON, date_sent=datetime.now(UTC))] == ["Hello"]
        fake.list_lag_s = 60
        assert await client.messages.list_async() == []


async def test_media_needs_credentials_here_and_none_there(ours: tuple[Ours, str]) -> None:
    async with twilio(ours, media_404s=1) as (fake, client), ClientSession() as http:
        sid = await fake.sends(File(b"\x89PNG", "image/png"), File(b"OggS", "audio/ogg"), text="look")
        form = ours[0].heard[-1][1]
        assert form["NumMedia"] == "2"
        assert form["MediaContentType1"] == "audio/ogg"
        url = form["MediaUrl0"]
        headers = {"Authorization": encode_basic_auth(SID, TOKEN)}
        assert (await http.get(url)).status == 401
        assert (await http.get(url, headers=headers)).status == 404
        redirect = await http.get(url, headers=headers, allow_redirects=False)
        assert redirect.status == 307
        there = redirect.headers["Location"]
        assert await (await http.get(there)).read() == b"\x89PNG"
        assert not fake.violations
        await http.get(there, headers=headers)
        assert fake.violations == ["credentials were sent to a host that is not Twilio's"]
        listed = await client.messages(sid).media.list_async()
        assert [media.content_type for media in listed] == ["image/png", "audio/ogg"]


async def test_stop_is_kept_and_answered_by_twilio(ours: tuple[Ours, str]) -> None:
    async with twilio(ours) as (fake, client):
        await fake.says(" Stop ")
        assert ours[0].heard[-1][1]["OptOutType"] == "STOP"
        assert await refused(create(client)) == (400, 21610)
        assert [bubble.by for bubble in fake.visible()] == ["twilio"]
        await fake.says("START")
        await create(client)
        await until(lambda: fake.texts() == ["Hello"])
        assert not fake.violations


async def test_without_twilios_opt_out_a_message_after_stop_is_our_fault(ours: tuple[Ours, str]) -> None:
    async with twilio(ours, opt_out_at_twilio=False) as (fake, client):
        await fake.says("stop")
        assert "OptOutType" not in ours[0].heard[-1][1]
        await create(client)
        await until(lambda: fake.violations == ["a message to somebody who wrote STOP"])


async def test_people_share_places_and_tap_buttons(ours: tuple[Ours, str]) -> None:
    async with twilio(ours, templates={TEMPLATE: Template("Help?", (("A person", "human"),))}) as (fake, client):
        await fake.shares_place("52.5", "13.4", Label="Café")
        form = ours[0].heard[-1][1]
        assert (form["MessageType"], form["Latitude"], form["Label"]) == ("location", "52.5", "Café")
        message = await create(client, content_sid=TEMPLATE)
        await until(lambda: fake.texts() == ["Help?"])
        await fake.taps(message.sid, "A person")
        form = ours[0].heard[-1][1]
        assert (form["ButtonPayload"], form["OriginalRepliedMessageSid"]) == ("human", message.sid)


async def test_failures_play_by_script(ours: tuple[Ours, str]) -> None:
    async with twilio(ours) as (fake, client):
        await fake.says("Hi")
        fake.fail("create", TooMany(60), Broken(503), Reset(), LoseAnswer())
        assert await refused(create(client, body="no")) == (429, 20429)
        assert (await refused(create(client, body="no")))[0] == 503
        assert fake.violations == ["create: called while told to wait"]
        for text in ("reset", "lost"):
            with pytest.raises(ClientError):
                await create(client, body=text)
        await until(lambda: fake.texts() == ["lost"])


async def test_answers_can_come_too_late(ours: tuple[Ours, str]) -> None:
    async with twilio(ours) as (fake, client):
        await fake.says("Hi")
        fake.fail("create", LateAnswer(60), Hang())
        for text in ("done", "not done"):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await create(client, body=text)
        await create(client, body="again")
        await until(lambda: fake.texts() == ["done", "again"])
        assert not fake.violations


async def test_two_messages_to_one_person_at_once_are_noticed(ours: tuple[Ours, str]) -> None:
    async with twilio(ours, latency_s=0.02) as (fake, client):
        await fake.says("Hi")
        await asyncio.gather(create(client), create(client))
        assert "two messages to one person were being made at once" in fake.violations


@pytest.mark.parametrize(
    ("path", "tries"),
    [("/a", 1), ("/a#rc=2", 1), ("/a#rc=2&rp=5xx", 3), ("/a#rc=5&rp=all", 6), ("/a#rc=2&rp=ct,4xx", 1)],
)
async def test_webhooks_are_tried_again_as_the_fragment_says(ours: tuple[Ours, str], path: str, tries: int) -> None:
    async with twilio(ours, webhook_path=path) as (fake, _):
        ours[0].answers = [web.Response(status=503) for _ in range(10)]
        await fake.says("Hi")
        assert [attempt.status for attempt in fake.attempts] == [503] * tries
        assert len(set(ours[0].tokens)) == 1


async def test_without_a_connection_one_more_try_is_made(ours: tuple[Ours, str]) -> None:
    async with TwilioServer.start(target="http://127.0.0.1:9") as fake:
        await fake.says("Hi")
        assert [attempt.status for attempt in fake.attempts] == [0, 0]


async def test_a_webhook_must_be_answered_with_twiml_or_nothing(ours: tuple[Ours, str]) -> None:
    async with twilio(ours) as (fake, _):
        ours[0].answers = [web.Response(text="<?xml version='1.0'?><Response/>"), web.json_response({"ok": True})]
        await fake.says("Hi")
        assert not fake.violations
        await fake.says("Hi")
        assert len(fake.violations) == 1


async def test_forged_webhooks_can_be_posted(ours: tuple[Ours, str]) -> None:
    async with twilio(ours) as (fake, _):
        form = fake.form(text="forged")
        attempt = await fake.post("/twilio/whatsapp", form, {"X-Twilio-Signature": "nonsense"})
        assert isinstance(attempt, Attempt)
        assert ours[0].heard[-1][2] == "nonsense"
        await fake.post("/twilio/whatsapp", form, fake.signed("/twilio/whatsapp", form))
        assert RequestValidator(TOKEN).validate(PUBLIC + "/twilio/whatsapp", form, ours[0].heard[-1][2])


async def test_unknown_parameters_are_noticed(ours: tuple[Ours, str]) -> None:
    async with twilio(ours) as (fake, client):
        await fake.says("Hi")
        await client.request_async(
            "POST",
            f"https://api.twilio.com/2010-04-01/Accounts/{SID}/Messages.json",
            data={"To": PERSON, "From": SENDER, "Body": "Hi", "IdempotencyKey": "1"},
        )
        assert fake.violations == ["create: Twilio knows no ['IdempotencyKey']"]
