"""Twilio's API, through its SDK: calls in, our own values and errors out. Nothing here is tried twice.

The SDK's own HTTP client is replaced: it knows no other base address, hides Retry-After and cannot tell a call that
was never made from one whose answer was lost.
"""

import json
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp
from pydantic import SecretStr
from twilio.base.exceptions import TwilioException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from yarl import URL

from bridge import leases
from bridge.channels._beginning import beginning
from bridge.channels.whatsapp.hosts import Hosts, NotPublic, public_socket
from bridge.errors import ChannelUnavailable, RateLimited, Unconfirmed, Undeliverable

TIMEOUT = aiohttp.ClientTimeout(total=15.0, sock_connect=5.0)
RETRY_AFTER_S = 5.0
"""Wait when Twilio says that there were too many requests, and not for how long."""
RETRY_AFTER_MAX_S = 3600.0
REDIRECTS_MAX = 3
_HOSTS = ("https://api.twilio.com", "https://messaging.twilio.com")
_SDK_LOG = logging.getLogger("twilio")


class Refused(Undeliverable):
    """Twilio refuses, by its error code. Its words are left out: they repeat phone numbers."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Twilio refuses with error {code}")
        self.code = code


@dataclass(frozen=True, slots=True)
class Listed:
    """A message as Twilio keeps it."""

    sid: str
    inbound: bool
    sender: str
    to: str
    body: str
    status: str
    error_code: int
    created_at: datetime
    media: int
    """How many files came with it."""


class Api:
    """The calls that we make. Every method may raise RateLimited, ChannelUnavailable, Refused."""

    def __init__(self, account_sid: str, auth_token: SecretStr, base_url: str) -> None:
        self._account_sid = account_sid
        self._base_url = base_url
        self._http = _Http(account_sid, auth_token, base_url)
        # An environment of its own: the SDK would read its edge and region from ours.
        self._client = Client(
            account_sid, auth_token.get_secret_value(), http_client=self._http, environment={"TWILIO_EDGE": ""}
        )

    async def create(self, **fields: object) -> str:
        """Make a message, with the SDK's names for its fields, and return its SID. May also raise Unconfirmed."""
        made = await self._client.messages.create_async(**fields)
        if not made.sid:
            raise Unconfirmed("Twilio's answer names no message")
        return str(made.sid)

    async def status(self, sid: str) -> tuple[str, int]:
        """What has become of a message, and its error code or 0."""
        message = await self._client.messages(sid).fetch_async()
        return str(message.status), int(message.error_code or 0)

    async def messages(self, *, to: str | None = None, sender: str | None = None) -> AsyncIterator[Listed]:
        """The messages to or from an address, newest first, read page by page while the caller goes on."""
        wanted = {name: value for name, value in (("to", to), ("from_", sender)) if value}
        try:
            page = await self._client.messages.page_async(**wanted)
            while page is not None:
                for message in page:
                    yield _listed(message)
                page = await page.next_page_async()
        except TwilioException as error:
            raise ChannelUnavailable("Twilio's list cannot be read") from error

    async def media(self, sid: str) -> list[tuple[str, str]]:
        """Address and declared type of each file of a message."""
        listed = await self._client.messages(sid).media.list_async()
        root = self._base_url or _HOSTS[0]
        return [(root + str(one.uri).removesuffix(".json"), str(one.content_type)) for one in listed]

    async def typing(self, sid: str) -> None:
        """Show the sender of an inbound message that we are typing."""
        await self._client.messaging.v2.typing_indicator.create_async(channel="whatsapp", message_id=sid)

    async def fetch(self, url: str, *, bytes_max: int) -> bytes:
        """The first `bytes_max` + 1 bytes of a file. Raises Refused(404) also for a file that is not ready yet."""
        place = self._http.place(url)
        for _ in range(REDIRECTS_MAX + 1):
            status, headers, body = await self._http.get(place, bytes_max)
            if status not in (301, 302, 303, 307, 308):
                return body
            place = self._http.place(headers.get("Location", ""), sent_on_from=place)
        raise Refused(status)

    async def check(self, sender: str) -> None:
        """Whether we may read this sender's messages."""
        try:
            await self._client.messages.page_async(to=sender, page_size=1)
        except TwilioException as error:
            raise ChannelUnavailable("Twilio's list cannot be read") from error

    async def close(self) -> None:
        await self._http.close()


def _listed(message: Any) -> Listed:
    return Listed(
        sid=str(message.sid),
        inbound=message.direction == "inbound",
        sender=str(message.from_),
        to=str(message.to),
        body=str(message.body or ""),
        status=str(message.status),
        error_code=int(message.error_code or 0),
        created_at=message.date_created,
        media=int(message.num_media or 0),
    )


class _Http(AsyncHttpClient):  # type: ignore[misc] # the SDK has no types
    """What the SDK calls for every request. Sessions are opened when they are needed."""

    def __init__(self, account_sid: str, auth_token: SecretStr, base_url: str) -> None:
        super().__init__(_SDK_LOG, is_async=True)
        self._authorization = aiohttp.encode_basic_auth(account_sid, auth_token.get_secret_value())
        self._base_url = base_url
        self._hosts = Hosts(base_url)
        self._session: aiohttp.ClientSession | None = None
        self._outwards: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: object = None,
        timeout: object = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One HTTP request, to our base address. May raise RateLimited, ChannelUnavailable, Unconfirmed, Refused."""
        sent = {**(headers or {}), "Authorization": self._authorization}
        changes = method == "POST"
        leases.check()
        try:
            async with self._opened().request(
                method, self._ours(uri), params=params, data=data, headers=sent, allow_redirects=False
            ) as response:
                text = await response.text(errors="replace")
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _lost(error, changes) from error
        if response.status >= 400:
            raise _refusal(response.status, response.headers, text, changes)
        try:
            json.loads(text)
        except ValueError as error:
            raise (Unconfirmed if changes else ChannelUnavailable)("Twilio's answer is not JSON") from error
        return Response(response.status, text, response.headers)

    def place(self, address: str, *, sent_on_from: URL | None = None) -> URL:
        """Where a file is fetched from. Raises Undeliverable."""
        try:
            if sent_on_from is None:
                place = URL(self._ours(address))
                allowed = self._hosts.may_begin(place)
            else:
                place = sent_on_from.join(URL(address))
                allowed = self._hosts.may_follow(place)
        except ValueError as error:
            raise Undeliverable("the file's address is none") from error
        if not allowed or not place.host:
            raise Undeliverable("the file's address is not one that is fetched")
        return place

    async def get(self, place: URL, bytes_max: int) -> tuple[int, Mapping[str, str], bytes]:
        """One hop towards a file. Credentials go to Twilio and to nobody else."""
        ours = self._hosts.gets_credentials(place)
        headers = {"Authorization": self._authorization} if ours else {}
        session = self._opened() if ours or self._hosts.is_inside else self._opened_outwards()
        try:
            async with session.get(place, headers=headers, allow_redirects=False) as response:
                if response.status >= 400:
                    raise (
                        _refusal(response.status, response.headers, "", changes=False)
                        if ours
                        else Refused(response.status)
                    )
                return response.status, response.headers, await beginning(response.content.iter_any(), bytes_max + 1)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            if isinstance(error, aiohttp.ClientConnectorError) and isinstance(error.os_error, NotPublic):
                raise Undeliverable("the file's address is not a public one") from error
            raise ChannelUnavailable(f"a file cannot be fetched: {type(error).__name__}") from error

    async def close(self) -> None:
        for session in (self._session, self._outwards):
            if session is not None:
                await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=TIMEOUT)
        return self._session

    def _opened_outwards(self) -> aiohttp.ClientSession:
        """Reaches nothing in our own network."""
        if self._outwards is None:
            connector = aiohttp.TCPConnector(socket_factory=public_socket)
            self._outwards = aiohttp.ClientSession(timeout=TIMEOUT, connector=connector)
        return self._outwards

    def _ours(self, url: str) -> str:
        """Where a call to one of Twilio's hosts goes."""
        for host in _HOSTS:
            if self._base_url and url.startswith(host + "/"):
                return self._base_url + url.removeprefix(host)
        return url


def _lost(error: Exception, changes: bool) -> ChannelUnavailable | Unconfirmed:
    """A call without an answer: it was never made, or nobody knows."""
    words = f"Twilio does not answer: {type(error).__name__}"
    never_made = isinstance(error, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL))
    return ChannelUnavailable(words) if never_made or not changes else Unconfirmed(words)


def _refusal(status: int, headers: Mapping[str, str], text: str, changes: bool) -> Exception:
    """An error answer, by what is to be done about it."""
    code = _code(text) or status
    if status == 429 or code in (20429, 63018):
        return RateLimited(f"Twilio asks for patience, error {code}", retry_after_s=_retry_after(headers))
    if status in (401, 403):
        # A token that is being changed: nothing is lost meanwhile.
        return ChannelUnavailable(f"Twilio does not take TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN: error {code}")
    if status >= 500:
        kind = Unconfirmed if changes and status != 503 else ChannelUnavailable
        return kind(f"Twilio is broken: HTTP {status}")
    return Refused(code)


def _code(text: str) -> int:
    try:
        return int(json.loads(text)["code"])
    except (ValueError, KeyError, TypeError):
        return 0


def _retry_after(headers: Mapping[str, str]) -> float:
    value = headers.get("Retry-After", "")
    if not (value.isascii() and value.isdigit() and len(value) <= 9):
        return RETRY_AFTER_S
    return min(max(float(value), 0.1), RETRY_AFTER_MAX_S)
