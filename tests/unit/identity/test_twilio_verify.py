"""Codes to telephones, through the rules of Twilio Verify."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from bridge.errors import SenderError
from bridge.identity.settings import VerifySettings
from bridge.identity.twilio_verify import TwilioVerify
from tests.fakes.twilio_server import SID, TOKEN
from tests.fakes.twilio_verify import SERVICE, TwilioVerifyServer

TO = "+441632960001"


@asynccontextmanager
async def _verify(token: str = TOKEN, **more: Any) -> AsyncIterator[tuple[TwilioVerifyServer, TwilioVerify]]:
    async with TwilioVerifyServer.start() as server:
        settings = {"service_sid": SERVICE, "api_url": server.url, "timeout_s": 2}
        verify = TwilioVerify(VerifySettings.model_validate(settings | more), SecretStr(SID), SecretStr(token))
        try:
            yield server, verify
        finally:
            await verify.aclose()
    assert not server.violations


async def test_a_code_is_good_once() -> None:
    async with _verify() as (server, verify):
        name = await verify.start(TO, "de-AT")
        assert server.verifications[TO].locale == "de"
        code = server.code(TO)
        assert await verify.check(name, f"{(int(code) + 1) % 10**6:06}") == "wrong"
        assert await verify.check(name, code) == "right"
        assert await verify.check(name, code) == "ended"


async def test_a_language_that_twilio_lacks_is_left_to_it() -> None:
    async with _verify(channel="whatsapp") as (server, verify):
        await verify.start(TO, "gsw")
        assert server.calls[0][1] == {"To": TO, "Channel": "whatsapp"}


async def test_twilios_limits_are_understood() -> None:
    async with _verify() as (server, verify):
        names = [await verify.start(TO, "en") for _ in range(7)]
        assert names[5:] == [TO, TO], "what was sent before is good still"
        wrong = f"{(int(server.code(TO)) + 1) % 10**6:06}"
        assert [await verify.check(names[-1], wrong) for _ in range(6)] == ["wrong"] * 5 + ["ended"]


@pytest.mark.parametrize("number", ["+441632960008", "+441632960009", "+0", "441632960001"])
async def test_a_number_that_nothing_reaches_is_no_failure(number: str) -> None:
    async with _verify() as (server, verify):
        server.unreachable.add("+441632960009")
        server.blocked.add("+441632960008")
        assert await verify.start(number, "en") == ""


@pytest.mark.parametrize(
    ("what", "said"),
    [("token", "TWILIO_AUTH_TOKEN"), ("service", "service_sid"), ("500", "500"), ("html", "JSON"), ("gone", "answer")],
)
async def test_what_goes_wrong_is_told_with_a_fix_and_without_numbers(what: str, said: str) -> None:
    more = {"service_sid": "VA" + "6" * 32} if what == "service" else {}
    if what == "gone":
        more["api_url"] = "http://127.0.0.1:1"
    async with _verify("wrong" if what == "token" else TOKEN, **more) as (server, verify):
        server.failing = 500 if what == "500" else 0
        server.words = b"<html>" if what == "html" else b""
        for call in (verify.start(TO, "en"), verify.probe()):
            with pytest.raises(SenderError) as raised:
                await call
            assert said in str(raised.value)
            assert TO[1:] not in str(raised.value)


async def test_the_probe_finds_codes_of_another_length() -> None:
    async with _verify() as (server, verify):
        assert "sms" in await verify.probe()
        server.code_length = 4
        with pytest.raises(SenderError, match="6 digits"):
            await verify.probe()
