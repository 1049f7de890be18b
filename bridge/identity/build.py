"""Puts together what proves who customers are, as the settings say."""

import secrets as randomness
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from bridge.identity.gate import IdentityGate, WithPeople
from bridge.identity.means import Means
from bridge.identity.senders import Ways
from bridge.identity.sending import Sending
from bridge.identity.settings import ACCOUNT_SID, AUTH_TOKEN, KEY, SMTP_PASSWORD, IdentitySettings
from bridge.identity.smtp import Smtp
from bridge.identity.twilio_verify import TwilioVerify
from bridge.ports import SendLater

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Proving:
    """The gate before the brain, and what sends the codes that it is asked for."""

    gate: IdentityGate
    sending: Sending


def ways(settings: IdentitySettings, secrets: Mapping[str, SecretStr], business: str) -> Ways:
    """How codes reach people."""
    mailer = verifier = None
    if settings.smtp.host:
        mailer = Smtp(settings.smtp, secrets.get(SMTP_PASSWORD), business)
    if settings.verify.service_sid:
        verifier = TwilioVerify(settings.verify, secrets[ACCOUNT_SID], secrets[AUTH_TOKEN])
    return Ways(mailer=mailer, verifier=verifier)


def key(secrets: Mapping[str, SecretStr]) -> bytes:
    """The key of the hashes is never kept beside them: without one from outside it lives as long as the process."""
    return secrets[KEY].get_secret_value().encode() if KEY in secrets else randomness.token_bytes(KEY_BYTES)


def proving(means: Means, *, language: Callable[[str], str], send_later: SendLater, with_people: WithPeople) -> Proving:
    """The gate, and what it wakes."""
    sending = Sending(means, language=language, send_later=send_later)
    return Proving(IdentityGate(means, sending.wake, with_people=with_people), sending)


async def checked(by: Ways) -> str:
    """Log in wherever codes are sent from: one line for the operator. May raise SenderError."""
    told = [await sender.probe() for sender in (by.mailer, by.verifier) if sender]
    return "; ".join(told) or "none sends codes: customers are known by their channel; set identity.smtp or .verify"
