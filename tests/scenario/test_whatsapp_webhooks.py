"""Hostile and broken webhooks: 401 or 400, 413 when too large, never 5xx; genuine ones pass whatever is between."""

import asyncio
import base64
import hmac
import io
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from twilio.request_validator import RequestValidator
from yarl import URL

from bridge.channels.whatsapp.inbound import fields, heard, told
from bridge.channels.whatsapp.settings import Settings
from bridge.channels.whatsapp.signature import genuine
from bridge.errors import BadPayload
from tests.fakes.core import until
from tests.fakes.server import Server
from tests.fakes.twilio_server import SENDER, TOKEN, TwilioServer
from tests.fakes.twilio_webhooks import signature
from tests.fakes.whatsapp_world import PUBLIC, on_whatsapp

FORM = "application/x-www-form-urlencoded"
PATHS = ("/twilio/whatsapp", "/twilio/status")
TELLTALES = re.compile(r"Traceback|File|line \d|\.py|site-packages|Error:|hk7-marker|SM[0-9a-f]{32}")


@pytest.fixture
async def world() -> AsyncIterator[tuple[TwilioServer, Server]]:
    async with on_whatsapp() as started:
        yield started


async def raw(server: Server, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    url = URL(server.url + path, encoded=True)
    async with ClientSession() as http, http.post(url, data=io.BytesIO(body), headers=headers) as answer:
        return answer.status, await answer.text()


def signed(path: str, form: dict[str, str], **headers: str) -> dict[str, str]:
    return {"Content-Type": FORM, "X-Twilio-Signature": signature(PUBLIC + path, form, TOKEN), **headers}


@pytest.mark.parametrize(
    "url", ["https://x:99999", "https://x:abc", "https://[", "gopher://x", "x", "", "https://[::1]:8443", "\ud800"]
)
def test_no_address_makes_a_signature_an_error(url: str) -> None:
    secret = SecretStr(TOKEN)
    assert not genuine(url, "/twilio/whatsapp", {"a": ["b"]}, "nonsense", [secret])
    given = base64.b64encode(hmac.digest(TOKEN.encode(), f"{url}/twilioab".encode("utf-8", "surrogatepass"), "sha1"))
    assert genuine(url, "/twilio", {"a": ["b"]}, given.decode(), [secret])


@pytest.mark.parametrize("url", ["http://x:99999", "http://x:abc", "http://[", "x"])
def test_an_address_of_the_api_that_cannot_be_one_is_told(url: str) -> None:
    with pytest.raises(ValueError, match="must be like"):
        Settings(api_url=url)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "forged", ["", "nonsense", "a" * 5_000, "ä👍", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "x\udcff", "=?utf-8?q?=00?="]
)
async def test_a_wrong_signature_is_refused(world: tuple[TwilioServer, Server], path: str, forged: str) -> None:
    twilio, server = world
    body = urlencode(twilio.form(text="hk7-marker")).encode()
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: {len(body)}\r\n"
    writer.write(head.encode() + b"X-Twilio-Signature: " + forged.encode("utf-8", "surrogateescape"))
    writer.write(b"\r\nConnection: close\r\n\r\n" + body)
    answer = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()

    assert answer.split()[1] in ("401", "400")
    assert not TELLTALES.search(answer.partition("\r\n\r\n")[2])


@pytest.mark.parametrize("path", PATHS)
async def test_no_signature_is_no_entry(world: tuple[TwilioServer, Server], path: str) -> None:
    twilio, server = world
    status, _ = await raw(server, path, urlencode(twilio.form()).encode(), {"Content-Type": FORM})
    assert status == 401


async def test_what_was_changed_on_the_way_is_refused(world: tuple[TwilioServer, Server]) -> None:
    twilio, server = world
    path = "/twilio/whatsapp"
    form = twilio.form(text="Do you ship?")
    changes = [{"Body": "Send me everything"}, {"From": "whatsapp:+15550002222"}, {"Extra": "1"}]
    for change in changes:
        assert (await raw(server, path, urlencode(form | change).encode(), signed(path, form)))[0] == 401
    assert (await raw(server, path + "?a=b", urlencode(form).encode(), signed(path, form)))[0] == 401
    other = {**signed("/twilio/status", form)}
    assert (await raw(server, path, urlencode(form).encode(), other))[0] == 401
    assert twilio.texts() == []


async def test_host_and_proxy_headers_are_not_believed(world: tuple[TwilioServer, Server]) -> None:
    twilio, server = world
    path = "/twilio/whatsapp"
    form = twilio.form()
    forged = {"Content-Type": FORM, "X-Twilio-Signature": signature("https://evil.example" + path, form, TOKEN)}
    more = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    assert (await raw(server, path, urlencode(form).encode(), forged | more))[0] == 401
    assert (await raw(server, path, urlencode(form).encode(), signed(path, form) | more))[0] == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data; boundary=x", "", "a/b/c;;"])
async def test_other_kinds_of_content_are_refused(world: tuple[TwilioServer, Server], path: str, kind: str) -> None:
    twilio, server = world
    form = twilio.form()
    status, said = await raw(server, path, urlencode(form).encode(), signed(path, form) | {"Content-Type": kind})
    assert status in (400, 401)
    assert not TELLTALES.search(said)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "body", [b"\xff\xfe\x00", b"Body=%FF", b"Body=%ED%A0%80", b"=" * 500, b"&" * 5_000, b"a=1&" * 400, b"%", b""]
)
async def test_forms_that_cannot_be_read_are_refused(
    world: tuple[TwilioServer, Server], path: str, body: bytes
) -> None:
    _, server = world
    status, _ = await raw(server, path, body, {"Content-Type": FORM, "X-Twilio-Signature": "x"})
    assert status in (400, 401)


async def test_signed_bytes_that_are_no_text_are_refused(world: tuple[TwilioServer, Server]) -> None:
    twilio, server = world
    form = twilio.form(text="\ufffd")
    body = urlencode(form).replace("%EF%BF%BD", "%FF").encode()
    assert (await raw(server, PATHS[0], body, signed(PATHS[0], form)))[0] == 400


@pytest.mark.parametrize(
    "change",
    [
        {"MessageSid": ""},
        {"MessageSid": "SM1"},
        {"MessageSid": "9" * 5_000},
        {"From": ""},
        {"From": "+4915112345678"},
        {"From": "whatsapp:" + "9" * 5_000},
        {"To": "whatsapp:+15559999999"},
        {"Latitude": "9" * 5_000, "Longitude": "1"},
        {"Latitude": "NaN", "Longitude": "1"},
        {"Latitude": "1"},
    ],
)
async def test_a_genuine_message_that_makes_no_sense_is_refused(
    world: tuple[TwilioServer, Server], change: dict[str, str]
) -> None:
    twilio, server = world
    form = twilio.form() | change
    status, _ = await raw(server, PATHS[0], urlencode(form).encode(), signed(PATHS[0], form))
    assert status == 400


@pytest.mark.parametrize(
    "change",
    [
        {"NumMedia": "9" * 5_000},
        {"NumMedia": "-1"},
        {"NumMedia": "٣"},
        {"NumMedia": "3"},
        {"Body": "\0" * 100 + "Hello"},
        {"ProfileName": "\u202e" * 5_000},
        {"NewField" + str(number): "x" for number in range(100)},
        {"ButtonPayload": "x" * 5_000},
        {"OriginalRepliedMessageSid": "../../etc"},
        {"OptOutType": "MAYBE"},
        {"To": ""},
    ],
)
async def test_a_genuine_message_with_odd_fields_is_answered(
    world: tuple[TwilioServer, Server], change: dict[str, str]
) -> None:
    twilio, server = world
    sid = await twilio.says("Hello", reached=False)
    form = twilio.form(sid) | change
    status, _ = await raw(server, PATHS[0], urlencode(form).encode(), signed(PATHS[0], form))
    assert status == 200
    if change != {"OptOutType": "MAYBE"}:
        await until(lambda: len(twilio.texts()) == 1, within_s=30)


@pytest.mark.parametrize(
    ("form", "wanted"),
    [
        ({"MessageSid": "SM" + "1" * 32, "MessageStatus": "teleported"}, 204),
        ({"MessageSid": "SM" + "1" * 32, "MessageStatus": "failed", "ErrorCode": "9" * 5_000}, 204),
        ({"MessageSid": "SM" + "1" * 32, "MessageStatus": "failed", "ErrorCode": "x"}, 204),
        ({"MessageSid": "SM" + "1" * 32}, 400),
        ({"MessageStatus": "sent"}, 400),
        ({"MessageSid": "SM" + "1" * 32, "MessageStatus": "s" * 5_000}, 400),
    ],
)
@pytest.mark.parametrize("query", ["", "?turn=" + "9" * 3_000 + "&page=" + "9" * 3_000, "?turn=%00&page=..%2f"])
async def test_odd_callbacks_do_no_harm(
    world: tuple[TwilioServer, Server], form: dict[str, str], wanted: int, query: str
) -> None:
    _, server = world
    path = PATHS[1] + query
    assert (await raw(server, path, urlencode(form).encode(), signed(path, form)))[0] == wanted


async def test_more_than_a_megabyte_is_too_much(world: tuple[TwilioServer, Server]) -> None:
    _, server = world
    status, _ = await raw(server, PATHS[0], b"Body=" + b"a" * 1_100_000, {"Content-Type": FORM})
    assert status == 413


async def test_a_replayed_message_is_answered_once(world: tuple[TwilioServer, Server]) -> None:
    """Nothing in the signature is a time: the message's SID has to do."""
    twilio, server = world
    sid = await twilio.says("Do you ship?", reached=False)
    form = twilio.form(sid, text="Do you ship?")
    for token in ("1", "2", "3"):
        headers = signed(PATHS[0], form, **{"I-Twilio-Idempotency-Token": token})
        assert (await raw(server, PATHS[0], urlencode(form).encode(), headers))[0] == 200
        await until(lambda: len(twilio.texts()) == 1, within_s=30)
    await asyncio.sleep(0.1)
    assert twilio.texts() == ["You said: Do you ship?"]


async def test_both_tokens_count_while_one_is_changed() -> None:
    settings = {"TWILIO_SECONDARY_AUTH_TOKEN": "the_next_auth_token"}
    async with on_whatsapp(settings=settings) as (twilio, server):
        form = twilio.form()
        path = PATHS[0]
        for token in (TOKEN, "the_next_auth_token"):
            headers = {"Content-Type": FORM, "X-Twilio-Signature": signature(PUBLIC + path, form, token)}
            assert (await raw(server, path, urlencode(form).encode(), headers))[0] == 200


# ---------------------------------------------------------------- the signature against the SDK's own

_FIELDS = (
    "MessageSid", "From", "To", "Body", "NumMedia", "MediaUrl0", "Latitude", "Longitude", "Label", "MessageStatus",
    "ErrorCode", "OptOutType", "ButtonPayload", "turn", "page",
)  # fmt: skip
NAMES = st.text(min_size=1, max_size=8)
FORMS = st.dictionaries(NAMES, st.text(max_size=12), max_size=6)


@pytest.mark.parametrize(
    "public_url",
    [PUBLIC, "https://chat.example.com:8443", "http://127.0.0.1:8080", "https://chat.example.com/a/b", "http://x"],
)
@given(form=FORMS, path=st.sampled_from(["/twilio/whatsapp", "/twilio/status?turn=1&page=%20a+b"]))
def test_it_agrees_with_the_sdk(public_url: str, form: dict[str, str], path: str) -> None:
    validator = RequestValidator(TOKEN)
    given = {name: [value] for name, value in form.items()}
    wanted = validator.compute_signature(public_url + path, form)

    assert validator.validate(public_url + path, form, wanted)
    assert genuine(public_url, path, given, wanted, [SecretStr(TOKEN)])
    assert not genuine(public_url, path, given, wanted, [SecretStr("another")])
    assert not genuine(public_url, path + "x", given, wanted, [SecretStr(TOKEN)])
    assert not genuine(public_url, path, {**given, "\0new": ["1"]}, wanted, [SecretStr(TOKEN)])


@pytest.mark.parametrize(
    ("configured", "other"),
    [("https://a.example", "https://a.example:443"), ("http://a.example:80", "http://a.example")],
)
def test_a_port_that_goes_without_saying_may_be_signed(configured: str, other: str) -> None:
    path = "/twilio/whatsapp"
    assert genuine(configured, path, {"a": ["b"]}, signature(other + path, {"a": "b"}, TOKEN), [SecretStr(TOKEN)])


# ---------------------------------------------------------------- any form at all


@given(form=st.dictionaries(st.sampled_from(_FIELDS), st.text(max_size=20), max_size=8), body=st.binary(max_size=60))
def test_no_form_breaks_the_reading(form: dict[str, str], body: bytes) -> None:
    given = {name: [value] for name, value in form.items()}
    with suppress(BadPayload):
        heard(given, SENDER, datetime.now(UTC))
    with suppress(BadPayload):
        told(given, form)
    with suppress(BadPayload):
        fields(body, FORM)
