"""What sends codes: by e-mail, which we make ourselves, and to telephones, which Twilio Verify makes and checks."""

from dataclasses import dataclass
from typing import Literal, Protocol

from bridge.identity.addresses import Way

Checked = Literal["right", "wrong", "ended"]


class Mailer(Protocol):
    """Sends e-mails. All methods may raise SenderError."""

    async def send(self, to: str, subject: str, text: str) -> bool:
        """False when nobody can be reached there."""

    async def probe(self) -> str:
        """All of it but the e-mail: one line for the operator."""


class Verifier(Protocol):
    """Sends codes of its own, and checks them. All methods may raise SenderError."""

    async def start(self, to: str, language: str) -> str:
        """Send a code; its name, "" when nobody can be reached there."""

    async def check(self, name: str, code: str) -> Checked:
        """Whether this is the code of that name. A right one counts once."""

    async def probe(self) -> str:
        """Ask whether it is there: one line for the operator."""

    async def aclose(self) -> None:
        """Let go of what is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """How codes reach people; None for a way that is not there."""

    mailer: Mailer | None = None
    verifier: Verifier | None = None

    def has(self, way: Way) -> bool:
        return (self.mailer if way == "email" else self.verifier) is not None
