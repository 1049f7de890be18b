"""Slack's SDK, and the only file that knows it: one call after the other, and its errors as ours."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bridge import leases
from bridge.channels._beginning import beginning
from bridge.errors import ChannelError, ChannelUnavailable, MessageGone, RateLimited, Unconfirmed, Undeliverable

CONNECT_S = 5.0
UPLOAD_S = 45.0
RETRY_AFTER_S = 30.0
"""When Slack says to wait, and not how long."""
RETRY_AFTER_MAX_S = 3_600.0

_GONE = {"message_not_found", "cant_update_message", "edit_window_closed"}
_BROKEN = {"fatal_error", "internal_error", "request_timeout"}
"""Slack says of these that a part may have been done."""
_AWAY = {"service_unavailable", "team_added_to_org"}
_OPTIONAL = {
    "agents_sessions_setStatus",
    "assistant_threads_setStatus",
    "assistant_threads_setSuggestedPrompts",
    "chat_postEphemeral",
    "chat_startStream",
    "files_completeUploadExternal",
    "files_getUploadURLExternal",
    "reactions_add",
    "reactions_remove",
    "users_info",
}
"""Answers do without these: a scope that only they need is not waited for."""
_LOCKED_OUT = {"account_inactive", "invalid_auth", "missing_scope", "not_authed", "token_expired", "token_revoked"}

# The SDK would write what people say into its debug lines.
_LOG = logging.getLogger("bridge.channels.slack.sdk")
_LOG.setLevel(logging.WARNING)

_UPLOAD = aiohttp.ClientTimeout(total=UPLOAD_S, sock_connect=CONNECT_S)

TokenOf = Callable[[str], Awaitable[str]]
"""The bot token of a workspace. May raise Undeliverable, StoreUnavailable."""


class Refusal(Undeliverable):
    """Slack refuses the call; `code` is its word for why."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"{method}: {code}")
        self.code = code


class Settled(Unconfirmed):
    """Slack itself answers that something went wrong: what it has done of the call, if anything, is done."""


class LockedOut(ChannelUnavailable):
    """Slack does not take our token, or the app may not do this. A person must mend that; what is to be said waits."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"{method}: {code}")
        self.code = code


class SlackApi:
    """Mutable: holds the connections. Makes each call once: whoever calls knows what may be repeated."""

    def __init__(self, base_url: str, *, timeout_s: float, token_of: TokenOf) -> None:
        self._base_url = base_url
        self._timeout = aiohttp.ClientTimeout(total=timeout_s, sock_connect=CONNECT_S)
        self._token_of = token_of
        self._session: aiohttp.ClientSession | None = None
        self._clients: dict[str, AsyncWebClient] = {}

    async def call(self, team: str, method: str, *, creates: bool = False, **args: Any) -> Mapping[str, Any]:
        """Call a method by its name in the SDK. With `creates`, an answer that is lost is Unconfirmed.
        May raise ChannelError, StoreUnavailable."""
        client = self.client(await self._token_of(team))
        leases.check()
        return await self._made(method, creates, getattr(client, method)(**args))

    async def identity(self, token: str) -> Mapping[str, Any]:
        """Whom a token belongs to. May raise ChannelError."""
        return await self._made("auth_test", False, self.client(token).auth_test())

    async def exchange(self, **form: str) -> Mapping[str, Any]:
        """An OAuth code for a token. May raise ChannelError."""
        # The SDK's own oauth_v2_access uses a class of aiohttp's that warns it is going away.
        call = self.client("").api_call("oauth.v2.access", data=form)
        return await self._made("oauth_v2_access", False, call)

    async def socket_url(self, app_token: str) -> str:
        """Where Socket Mode can be spoken, once. May raise ChannelError."""
        call = self.client("").apps_connections_open(app_token=app_token)
        return str((await self._made("apps_connections_open", False, call)).get("url", ""))

    async def read(self, team: str, url: str, bytes_max: int) -> bytes:
        """The first `bytes_max` + 1 bytes of a file of Slack's, with the token: the caller has checked the host.
        May raise RateLimited, ChannelUnavailable, Undeliverable, StoreUnavailable."""
        headers = {"Authorization": f"Bearer {await self._token_of(team)}"}
        try:
            # Slack sends whoever may not read a file to a page that answers 200.
            async with self._http.get(url, headers=headers, allow_redirects=False) as answer:
                if answer.status == 429:
                    raise RateLimited("files: 429", retry_after_s=_seconds(answer.headers))
                if answer.status >= 500:
                    raise ChannelUnavailable(f"files: {answer.status}")
                if answer.status != 200:
                    raise Undeliverable(f"files: {answer.status}")
                return await beginning(answer.content.iter_any(), bytes_max + 1)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ChannelUnavailable(f"files: {type(error).__name__}") from error

    async def send(self, url: str, data: bytes) -> None:
        """Bring the bytes of a file to the address that Slack has given for them: it needs no token. May raise
        RateLimited, ChannelUnavailable, Undeliverable."""
        leases.check()
        try:
            async with self._http.post(url, data=data, allow_redirects=False, timeout=_UPLOAD) as answer:
                if answer.status == 429:
                    raise RateLimited("upload: 429", retry_after_s=_seconds(answer.headers))
                if answer.status >= 500:
                    raise ChannelUnavailable(f"upload: {answer.status}")
                if answer.status != 200:
                    raise Undeliverable(f"upload: {answer.status}")
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise ChannelUnavailable(f"upload: {type(error).__name__}") from error

    async def close(self) -> None:
        self._clients.clear()
        if self._session:
            await self._session.close()

    def client(self, token: str) -> AsyncWebClient:
        """The SDK's client for a token, without its retries."""
        if token not in self._clients:
            self._clients[token] = AsyncWebClient(
                token, base_url=self._base_url, session=self._http, retry_handlers=[], logger=_LOG
            )
        return self._clients[token]

    @property
    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout, connector=aiohttp.TCPConnector(limit=0))
        return self._session

    async def _made(self, method: str, creates: bool, call: Awaitable[Any]) -> Mapping[str, Any]:
        try:
            response = await call
        except SlackApiError as error:
            raise _translated(method, creates, error) from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise ChannelUnavailable(f"{method}: {type(error).__name__}") from error
        except (aiohttp.ClientError, OSError, TimeoutError, json.JSONDecodeError) as error:
            raise _lost(method, creates, type(error).__name__) from error
        body: Mapping[str, Any] = response.data
        return body


def _translated(method: str, creates: bool, error: SlackApiError) -> ChannelError:
    """Slack's refusal as the decision it asks for. Holds no text of the request."""
    status = getattr(error.response, "status_code", 0) or getattr(error.response, "status", 0)
    headers = getattr(error.response, "headers", {})
    data = getattr(error.response, "data", {})
    code = str(data.get("error") or status) if isinstance(data, dict) else str(status)
    if status == 429 or code in ("ratelimited", "rate_limited"):
        return RateLimited(f"{method}: {code}", retry_after_s=_seconds(headers))
    if code in _LOCKED_OUT and not (code == "missing_scope" and method in _OPTIONAL):
        return LockedOut(method, code)
    if status == 503 or code in _AWAY:
        return ChannelUnavailable(f"{method}: {code}")
    if creates and status < 500 and code in _BROKEN:
        return Settled(f"{method}: {code}")
    if status >= 500 or code in _BROKEN or not (isinstance(data, dict) and "error" in data):
        return _lost(method, creates, code)
    return MessageGone(f"{method}: {code}") if code in _GONE else Refusal(method, code)


def _lost(method: str, creates: bool, why: str) -> ChannelError:
    return Unconfirmed(f"{method}: {why}") if creates else ChannelUnavailable(f"{method}: {why}")


def _seconds(headers: Mapping[str, str]) -> float:
    value = str(headers.get("Retry-After", ""))
    if not (value.isascii() and value.isdigit() and len(value) < 9):
        return RETRY_AFTER_S
    return min(float(value), RETRY_AFTER_MAX_S)
