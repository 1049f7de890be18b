"""Codes by e-mail, through a real mail server's rules."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bridge.errors import SenderError
from bridge.identity.settings import SmtpSettings
from bridge.identity.smtp import Smtp
from tests.fakes.mail_server import PASSWORD, USER, MailServer, Security, mail_server

TO = "ana@example.com"


def _smtp(server: MailServer, security: Security = "starttls", *, password: str = PASSWORD, **more: Any) -> Smtp:
    settings = {
        "host": "localhost",
        "port": server.port,
        "security": security,
        "user": USER,
        "ca_file": server.ca_file,
        "timeout_s": 3,
    }
    return Smtp(SmtpSettings.model_validate(settings | more), SecretStr(password), "Bikes & More, Ltd.")


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
async def test_an_email_arrives_however_the_connection_is_made(tmp_path: Path, security: Security) -> None:
    async with mail_server(tmp_path, security) as server:
        smtp = _smtp(server, security)
        assert await smtp.send(TO, "Your code\r\nBcc: evil@example.com", "Guten Tag!\n\n    123456\n\nرمز\n")
        [mail] = server.mails
        assert mail["Subject"] == "Your code Bcc: evil@example.com"
        assert mail["Bcc"] is None
        assert mail["From"].addresses[0].addr_spec == USER
        assert mail["From"].addresses[0].display_name == "Bikes & More, Ltd."
        assert mail["Auto-Submitted"] == "auto-generated"
        assert "رمز" in mail.get_content()
        assert server.code() == "123456"
        assert server.logins == [USER]
        assert USER in await smtp.probe()


async def test_without_a_user_there_is_no_log_in(tmp_path: Path) -> None:
    async with mail_server(tmp_path, "none", login=False) as server:
        smtp = _smtp(server, "none", user="", **{"from": "codes@shop.example"})
        assert await smtp.send(TO, "Your code", "123456")
        assert server.mails[0]["From"] == '"Bikes & More, Ltd." <codes@shop.example>'
        assert not server.logins


async def test_a_mailbox_that_is_not_there_is_no_failure(tmp_path: Path) -> None:
    async with mail_server(tmp_path) as server:
        server.refused.add(TO)
        assert not await _smtp(server).send(TO, "Your code", "123456")


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("password", "SMTP_PASSWORD"),
        ("certificate", "security"),
        ("answer", "451"),
        ("silence", "in time"),
        ("nobody", "host"),
        ("no tls", "security"),
    ],
)
async def test_what_goes_wrong_is_told_with_a_fix_and_without_addresses(tmp_path: Path, what: str, said: str) -> None:
    async with mail_server(tmp_path, "none" if what == "no tls" else "starttls", login=what != "no tls") as server:
        settings: dict[str, dict[str, Any]] = {
            "certificate": {"ca_file": None},
            "silence": {"timeout_s": 0.3},
            "nobody": {"port": 1},
        }
        smtp = _smtp(server, password="wrong" if what == "password" else PASSWORD, **settings.get(what, {}))
        server.hangs = what == "silence"
        server.answers = "451 try later, ana@example.com" if what == "answer" else ""
        with pytest.raises(SenderError) as raised:
            async with asyncio.timeout(10):
                await smtp.send(TO, "Your code", "123456")
    assert said in str(raised.value)
    assert "ana" not in str(raised.value)
    assert "123456" not in str(raised.value)
