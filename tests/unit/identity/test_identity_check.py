"""What an operator is told of where codes are sent from, before a customer asks for one."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from bridge.errors import SenderError
from bridge.identity import build
from bridge.identity.settings import ACCOUNT_SID, AUTH_TOKEN, KEY, SMTP_PASSWORD, IdentitySettings, SmtpSettings
from tests.fakes.mail_server import PASSWORD, USER, mail_server
from tests.fakes.twilio_server import SID, TOKEN
from tests.fakes.twilio_verify import SERVICE, TwilioVerifyServer


async def _told(folder: Path, **secrets: str) -> str:
    held = {SMTP_PASSWORD: PASSWORD, ACCOUNT_SID: SID, AUTH_TOKEN: TOKEN} | secrets
    async with mail_server(folder) as mails, TwilioVerifyServer.start() as verify:
        smtp = {"host": "localhost", "port": mails.port, "user": USER, "ca_file": mails.ca_file}
        twilio = {"service_sid": SERVICE, "api_url": verify.url}
        settings = IdentitySettings.model_validate({"smtp": smtp, "verify": twilio})
        ways = build.ways(settings, {name: SecretStr(value) for name, value in held.items()}, "Bikes")
        assert ways.verifier is not None
        try:
            return await build.checked(ways)
        finally:
            await ways.verifier.aclose()


async def test_both_ways_are_tried(tmp_path: Path) -> None:
    told = await _told(tmp_path)
    assert f"takes our log-in as {USER}" in told
    assert "Twilio Verify takes our credentials" in told


@pytest.mark.parametrize("secret", [SMTP_PASSWORD, AUTH_TOKEN])
async def test_a_wrong_secret_is_named_and_not_shown(tmp_path: Path, secret: str) -> None:
    with pytest.raises(SenderError) as raised:
        await _told(tmp_path, **{secret: "not the right one"})
    assert secret in str(raised.value)
    assert "not the right one" not in str(raised.value)


async def test_without_any_way_customers_are_known_by_their_channel() -> None:
    assert "identity.smtp" in await build.checked(build.ways(IdentitySettings(), {}, "Bikes"))


def test_the_key_lives_as_long_as_the_process_unless_there_is_one() -> None:
    assert build.key({}) != build.key({})
    held = {KEY: SecretStr("a long random text")}
    assert build.key(held) == build.key(held) == b"a long random text"


@pytest.mark.parametrize(
    ("host", "taken"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("smtp.example.com", False),
        ("127.example.com", False),
        ("localhost.example.com", False),
        ("10.0.0.5", False),
    ],
)
def test_codes_do_not_travel_unencrypted(host: str, taken: bool) -> None:
    settings = {"host": host, "security": "none", "from": "service@example.com"}
    if taken:
        assert SmtpSettings.model_validate(settings).host == host
        return
    with pytest.raises(ValidationError, match="unencrypted"):
        SmtpSettings.model_validate(settings)
