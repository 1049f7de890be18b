"""A mail server that keeps what it is given: asks for TLS and a log-in as real ones do, refuses and fails by script."""

import asyncio
import datetime
import ipaddress
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "service@shop.example", "correct horse battery"

Security = Literal["starttls", "tls", "none"]


@dataclass
class MailServer:  # without slots: aiosmtpd looks through all attributes, which fails with them on Python 3.11.2
    """Mutable: what came, and how it fails."""

    port: int = 0
    ca_file: Path = field(default_factory=Path)
    """The certificate that clients must trust."""
    mails: list[EmailMessage] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    """Nobody is reached at these addresses."""
    answers: str = ""
    """What every e-mail is answered, instead of being taken."""
    hangs: bool = False

    def code(self, number: int = -1) -> str:
        """The code in an e-mail."""
        text = str(self.mails[number].get_content())
        return next(line.strip() for line in text.splitlines() if line.strip().isdigit())

    # ------------------------------------------------------------ aiosmtpd's hooks

    async def handle_RCPT(  # aiosmtpd's name
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 5.1.1 no such mailbox: " + address
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        if self.hangs:
            await asyncio.sleep(3600)
        if self.answers:
            return self.answers
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        assert mail["To"] == ", ".join(envelope.rcpt_tos), "the envelope goes where the e-mail says"
        self.mails.append(mail)
        return "250 OK"

    def authenticate(self, server: Any, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append(data.login.decode())
        return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)


@asynccontextmanager
async def mail_server(
    folder: Path, security: Security = "starttls", *, login: bool = True
) -> AsyncIterator[MailServer]:
    """A running one, with its certificate in `folder`."""
    server = MailServer(ca_file=folder / "ca.pem")
    context = _certificate(folder)
    options: dict[str, Any] = {"timeout": 5, "hostname": "localhost"}
    if login:
        options |= {"authenticator": server.authenticate, "auth_required": True}
        options["auth_require_tls"] = security == "starttls"
    if security == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    sessions: list[SMTP] = []

    def session() -> SMTP:
        with warnings.catch_warnings():  # a log-in without TLS of its own is meant
            warnings.simplefilter("ignore")
            sessions.append(SMTP(server, **options))
        return sessions[-1]

    loop = asyncio.get_running_loop()
    listening = await loop.create_server(session, "127.0.0.1", 0, ssl=context if security == "tls" else None)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        await listening.wait_closed()
        for one in sessions:
            if one.transport is not None:
                one.transport.close()
        await asyncio.sleep(0)


def _certificate(folder: Path) -> ssl.SSLContext:
    """For localhost, signed by itself, good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(certificate.public_bytes(pem))
    no_password = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, no_password))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return context
