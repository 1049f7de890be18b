"""Codes to telephones, through Twilio Verify, which makes and checks them. Nothing is tried twice: each try is paid
for, and rings at somebody's."""

import json
from collections.abc import Mapping
from typing import Any

import aiohttp
from pydantic import SecretStr

from bridge.errors import SenderError
from bridge.identity.senders import Checked
from bridge.identity.settings import VerifySettings

HOST = "https://verify.twilio.com"
ANSWER_BYTES_MAX = 100_000
LOCALES = ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pt")
"""Languages of ours that Twilio has; else it goes by the number's country."""

INVALID = 60200
CHECKS_USED_UP = 60202
SENDS_USED_UP = 60203
GONE = 20404
VERIFYS_OWN = 60
"""The thousands of codes that say something of one number; whatever keeps all codes from going out has others."""


class TwilioVerify:
    """Implements senders.Verifier."""

    def __init__(self, settings: VerifySettings, account_sid: SecretStr, auth_token: SecretStr) -> None:
        self._settings = settings
        self._service = f"{settings.api_url or HOST}/v2/Services/{settings.service_sid}"
        self._authorization = aiohttp.encode_basic_auth(account_sid.get_secret_value(), auth_token.get_secret_value())
        self._session: aiohttp.ClientSession | None = None

    async def start(self, to: str, language: str) -> str:
        form = {"To": to, "Channel": self._settings.channel}
        locale = language.partition("-")[0].lower()
        if locale in LOCALES:
            form["Locale"] = locale
        status, code, told = await self._call("POST", "/Verifications", form)
        if status in (200, 201) and isinstance(told.get("sid"), str):
            return str(told["sid"])
        if code == SENDS_USED_UP:  # what was sent before is good still, by whichever name
            return to
        if status == 400 or code // 1000 == VERIFYS_OWN:
            # About this number: it is none, no message reaches it, its country is switched off, it looks like fraud.
            return ""
        raise SenderError(_why(status, code, "start a verification"))

    async def check(self, name: str, code: str) -> Checked:
        whom = "VerificationSid" if name.startswith("VE") else "To"
        status, error, told = await self._call("POST", "/VerificationCheck", {whom: name, "Code": code})
        if status in (200, 201):
            if told.get("status") == "approved":
                return "right"
            return "wrong" if told.get("status") == "pending" else "ended"
        if error in (CHECKS_USED_UP, GONE):
            return "ended"
        if error == INVALID:
            return "wrong"
        raise SenderError(_why(status, error, "check a code"))

    async def probe(self) -> str:
        status, code, told = await self._call("GET", "", {})
        if status != 200:
            raise SenderError(_why(status, code, "read the service"))
        if told.get("code_length", 6) != 6:
            raise SenderError("Twilio Verify: the service's codes must have 6 digits; set its code length to 6")
        return f"Twilio Verify takes our credentials; codes go out by {self._settings.channel}"

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _call(self, method: str, path: str, form: Mapping[str, str]) -> tuple[int, int, Mapping[str, Any]]:
        """Status, Twilio's error code or 0, and what it says."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=self._settings.timeout_s)
            self._session = aiohttp.ClientSession(timeout=timeout)
        headers = {"Authorization": self._authorization}
        try:
            async with self._session.request(
                method, self._service + path, data=form or None, headers=headers, allow_redirects=False
            ) as answer:
                status, raw = answer.status, b""
                async for piece in answer.content.iter_any():
                    raw += piece
                    if len(raw) > ANSWER_BYTES_MAX:
                        break
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SenderError(f"Twilio Verify does not answer: {type(error).__name__}") from None
        try:
            told = json.loads(raw)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise SenderError(f"Twilio Verify answers {status} with what is no JSON object")
        code = told.get("code")
        return status, code if type(code) is int else 0, told


def _why(status: int, code: int, what: str) -> str:
    """Twilio's own words are left out: they repeat telephone numbers."""
    fix = {
        401: "; look at TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN",
        404: "; look at identity.verify.service_sid",
    }.get(status, "")
    return f"Twilio Verify would not {what}: status {status}, error {code}{fix}"
