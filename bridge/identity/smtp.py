"""Codes by e-mail, over SMTP."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

import aiosmtplib
from pydantic import SecretStr

from bridge.errors import SenderError
from bridge.identity.settings import SmtpSettings


class Smtp:
    """Implements senders.Mailer: a connection for each e-mail, since codes are rare."""

    def __init__(self, settings: SmtpSettings, password: SecretStr | None, name: str) -> None:
        self._settings = settings
        self._password = password
        self._name = name
        """Of the business, beside the address that e-mails come from."""

    async def send(self, to: str, subject: str, text: str) -> bool:
        message = EmailMessage()
        local, _, domain = self._settings.address.rpartition("@")
        message["From"] = Address(self._name, local, domain)
        message["To"] = to
        message["Subject"] = " ".join(subject.split())
        message["Date"] = formatdate()
        message["Message-ID"] = make_msgid(domain=domain)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        async with self._connected() as smtp:
            try:
                await smtp.send_message(message, sender=self._settings.address, recipients=[to])
            except aiosmtplib.SMTPRecipientsRefused:
                return False
        return True

    async def probe(self) -> str:
        async with self._connected():
            login = f"takes our log-in as {self._settings.user}" if self._settings.user else "is there, without log-in"
            return f"{self._settings.host}:{self._settings.port} {login}; codes come from {self._settings.address}"

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """A session that is encrypted as it must be and logged in. Errors name no address but the server's: what a
        server answers repeats those of others."""
        settings = self._settings
        smtp = aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            timeout=settings.timeout_s,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            tls_context=None if settings.security == "none" else self._tls(),
        )
        try:
            await smtp.connect()
            if settings.user:
                await smtp.login(settings.user, self._password.get_secret_value() if self._password else "")
            yield smtp
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise SenderError(f"{settings.host}:{settings.port}: {_why(error)}") from None
        finally:
            with suppress(aiosmtplib.SMTPException, OSError):
                await smtp.quit()
            smtp.close()

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._settings.ca_file:
            context.load_verify_locations(self._settings.ca_file)
        return context


def _why(error: Exception) -> str:
    """In words for the operator, with the fix where there is one."""
    code = f" ({error.code})" if isinstance(error, aiosmtplib.SMTPResponseException) else ""
    match error:
        case aiosmtplib.SMTPAuthenticationError():
            return f"refuses our log-in{code}; look at identity.smtp.user and SMTP_PASSWORD"
        case aiosmtplib.SMTPSenderRefused():
            return f"refuses the address that codes come from{code}; look at identity.smtp.from"
        case aiosmtplib.SMTPTimeoutError() | TimeoutError():
            return "does not answer in time"
        case aiosmtplib.SMTPNotSupported():
            return "cannot do what identity.smtp.security or user asks for"
    return f"{type(error).__name__}{code}; look at identity.smtp.host, port and security"
