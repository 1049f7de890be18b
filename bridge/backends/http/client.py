"""The Backend port over HTTP.

One request an operation, never repeated and never redirected. What is sent and how the answer is read are settings.
What an answer holds is believed as far as it fits, and no word of it reaches a log or an error.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import aiohttp
from pydantic import SecretStr
from yarl import URL

from bridge import leases
from bridge.backends.http.expressions import Missing, parse
from bridge.backends.http.reading import Reading, Unfit
from bridge.backends.http.reviewing import KEY
from bridge.backends.http.settings import HttpSettings, Method, OperationSettings, RequestSettings
from bridge.backends.http.templates import fill, fill_text, names_in
from bridge.backends.operations import OPERATIONS, Customer, FindCustomer, Operation, Order, Result, read_args
from bridge.backends.refusals import refused
from bridge.errors import BackendUnavailable

CONNECTIONS_MAX = 20
CONNECT_SHARE = 0.5
"""Of the whole time, for connecting: a system that is not there must not look like one that was asked."""
USER_AGENT = "bridge"
_GOOD, _REDIRECT, _BAD, _BROKEN = 200, 300, 400, 500
_NEVER_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
"""What fails before a byte of the request is out."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: Any
    """As JSON; `Missing.MISSING` when there is none."""
    is_json: bool


class HttpBackend:
    """Implements ports.Backend."""

    def __init__(self, settings: HttpSettings, secrets: Mapping[str, SecretStr]) -> None:
        self._settings = settings
        self._secrets = secrets
        self._zone = ZoneInfo(settings.time_zone)
        self._reads: aiohttp.ClientSession | None = None
        self._writes: aiohttp.ClientSession | None = None

    @property
    def operations(self) -> frozenset[str]:
        return frozenset(self._settings.operations)

    async def call(self, operation: str, args: Mapping[str, Any], *, key: str = "") -> Mapping[str, Any]:
        checked = read_args(operation, args, self.operations)
        given = checked.model_dump(mode="json")
        settings, known = self._settings.operations[operation], OPERATIONS[operation]
        if settings.before:
            first = OPERATIONS[settings.before].args.model_fields
            await self.call(settings.before, {name: value for name, value in given.items() if name in first})
        answer = await self._ask(operation, settings, known, _named(given, settings) | {"key": key or None})
        result = self._read(operation, settings, known, given, answer)
        if not _is_what_was_asked(operation, given, result):
            raise self._unreadable(operation, known, "is about somebody else") if known.writes else refused("missing")
        return result.model_dump(mode="json")

    async def check(self) -> str:
        """What the system says to the address that is there for it."""
        url = self._url(self._settings.check_path or "/", {}, {})
        answer = await self._send("GET", url, self._headers({}), None, writes=False, about="the check")
        if answer.status in (401, 403):
            raise BackendUnavailable(
                f"{self._where} does not let us in ({answer.status}): look at {KEY}.auth and the credentials in the"
                " environment",
                unknown=False,
            )
        told = self._settings.check_path or answer.status >= _BROKEN
        if told and not _GOOD <= answer.status < _REDIRECT:
            raise BackendUnavailable(
                f"{self._where}{self._settings.check_path} answers {answer.status}: look at {KEY}.base_url and"
                f" {KEY}.check_path",
                unknown=False,
            )
        can = ", ".join(sorted(self.operations))
        return f"{self._where} answers; it can do: {can}"

    async def aclose(self) -> None:
        for session in (self._reads, self._writes):
            if session:
                await session.close()

    @property
    def _where(self) -> str:
        return self._settings.base_url.rstrip("/")

    async def _ask(self, name: str, settings: OperationSettings, known: Operation, args: Mapping[str, Any]) -> _Answer:
        request = _request(settings, args)
        if not request.path:
            raise refused("not_offered")
        if name == "find_customer" and not _names_one(request, args):
            raise refused("missing")  # else everybody would be asked for, and the first be taken
        method: Method = request.method or ("POST" if known.writes else "GET")
        url = self._url(request.path, request.query or {}, args)
        headers = self._headers(fill(request.headers or {}, args))
        if known.writes and args["key"] and self._settings.idempotency_header:
            headers[self._settings.idempotency_header] = str(args["key"])
        body = None if request.body is None else fill(request.body, args)
        return await self._send(method, url, headers, body, writes=known.writes, about=name)

    def _url(self, path: str, query: Mapping[str, str], args: Mapping[str, Any]) -> URL:
        """May raise BackendRefused: an argument has no value, or none that can stand in a path."""
        filled = fill_text(path, args, quote=_segment)
        if filled is None:
            raise refused("invalid")
        asked = {name: value for name, template in query.items() if (value := fill_text(template, args)) is not None}
        return URL(f"{self._where}{filled}{'?' if asked else ''}{urlencode(asked)}", encoded=True)

    def _headers(self, more: Mapping[str, Any]) -> dict[str, str]:
        """May raise BackendRefused: an argument cannot stand in a header."""
        headers = {"Accept": "application/json", "User-Agent": USER_AGENT, **self._settings.headers, **more}
        if any(_CONTROL.search(str(value)) for value in headers.values()):
            raise refused("invalid")
        secret = {name: value.get_secret_value() for name, value in self._secrets.items()}
        match self._settings.auth:
            case "bearer":
                headers["Authorization"] = f"Bearer {secret['BACKEND_TOKEN']}"
            case "header":
                headers[self._settings.auth_header] = secret["BACKEND_TOKEN"]
            case "basic":
                headers["Authorization"] = aiohttp.encode_basic_auth(
                    secret["BACKEND_USER"], secret["BACKEND_PASSWORD"], "utf-8"
                )
        return headers

    async def _send(
        self, method: Method, url: URL, headers: Mapping[str, str], body: Any, *, writes: bool, about: str
    ) -> _Answer:
        """May raise BackendUnavailable."""
        session = self._session(writes=writes)
        if writes:
            leases.check()
        try:
            async with session.request(method, url, headers=headers, json=body, allow_redirects=False) as response:
                raw = await response.content.read(self._settings.response_bytes_max + 1)
                while len(raw) <= self._settings.response_bytes_max and not response.content.at_eof():
                    raw += await response.content.read(self._settings.response_bytes_max + 1 - len(raw))
        except _NEVER_SENT as error:
            what = f"{self._where} cannot be reached for {about}: {type(error).__name__}; look at {KEY}.base_url"
            raise BackendUnavailable(what, unknown=False) from error
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            what = f"{self._where} did not answer {about}: {type(error).__name__}"
            raise BackendUnavailable(what, unknown=writes) from error
        if len(raw) > self._settings.response_bytes_max:
            what = f"{self._where} answers {about} with more than {self._settings.response_bytes_max} bytes"
            raise BackendUnavailable(what, unknown=writes and response.status < _BAD)
        body_read, is_json = _json(raw)
        return _Answer(response.status, body_read, is_json)

    def _session(self, *, writes: bool) -> aiohttp.ClientSession:
        """A writing call gets a connection of its own: on one that is kept, nobody knows whether it arrived when the
        other side has just hung up."""
        session = self._writes if writes else self._reads
        if session is None:
            session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS_MAX, force_close=writes),
                timeout=aiohttp.ClientTimeout(
                    total=self._settings.timeout_s, sock_connect=self._settings.timeout_s * CONNECT_SHARE
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=True,
            )
            if writes:
                self._writes = session
            else:
                self._reads = session
        return session

    def _read(
        self, name: str, settings: OperationSettings, known: Operation, args: Mapping[str, Any], answer: _Answer
    ) -> Result:
        """May raise BackendRefused, BackendUnavailable."""
        self._refuse(name, settings, known, args, answer)
        if answer.body is Missing.MISSING and not answer.is_json:
            raise self._unreadable(name, known, "is no JSON")
        thing = parse(settings.result).read(answer.body, args)
        if thing is Missing.EMPTY and not known.writes:
            raise refused("missing")
        if isinstance(thing, Missing) and thing is Missing.MISSING and settings.result:
            raise self._unreadable(name, known, "has nothing at 'result'")
        if settings.owner and not known.writes:
            owner = parse(settings.owner).read(thing, args)
            if isinstance(owner, (Missing, dict, list)) or str(owner) != str(args["customer_id"]):
                raise refused("missing")
        try:
            return Reading(args, self._zone).result(known.result, settings.fields, thing)
        except Unfit as error:
            raise self._unreadable(name, known, f"does not fit at {error}") from error

    def _refuse(
        self, name: str, settings: OperationSettings, known: Operation, args: Mapping[str, Any], answer: _Answer
    ) -> None:
        code = parse(settings.errors_at).read(answer.body, args) if settings.errors_at and answer.is_json else None
        if isinstance(code, (str, int)) and str(code) in settings.errors:
            raise refused(settings.errors[str(code)])
        if _GOOD <= answer.status < _REDIRECT:
            if settings.errors_at and not isinstance(code, Missing) and code not in (None, "", [], {}, False):
                raise self._unreadable(name, known, "tells an error that 'errors' does not know")
            return
        reason = (self._settings.refused | settings.refused).get(str(answer.status))
        if reason and answer.is_json:
            raise refused(reason)
        # A page of HTML is of a server in between; redirects are not followed; after 5xx it may have been done.
        undone = _BAD <= answer.status < _BROKEN
        what = f"{self._where} answers {name} with {answer.status}: look at {KEY}.operations.{name}"
        raise BackendUnavailable(what, unknown=known.writes and not undone)

    def _unreadable(self, name: str, known: Operation, why: str) -> BackendUnavailable:
        what = f"the answer of {self._where} to {name} {why}: look at {KEY}.operations.{name}"
        return BackendUnavailable(what, unknown=known.writes)


def _segment(value: str) -> str:
    """A value as a part of a path, that makes no other path of it. May raise BackendMissing."""
    if value in ("", ".", ".."):
        raise refused("missing")
    return quote(value, safe="")


def _json(raw: bytes) -> tuple[Any, bool]:
    """What an answer holds; whether that is JSON. An answer without anything is."""
    if not raw.strip():
        return Missing.MISSING, True
    try:
        return json.loads(raw, parse_constant=_no_number), True
    except (ValueError, RecursionError):
        return Missing.MISSING, False


def _no_number(name: str) -> None:
    """NaN and infinities are no JSON, although Python reads them. May raise ValueError."""
    raise ValueError(name)


def _named(given: Mapping[str, Any], settings: OperationSettings) -> dict[str, Any]:
    """Arguments in the words of the system."""
    return {
        name: settings.values[name].get(str(value), value) if name in settings.values and value is not None else value
        for name, value in given.items()
    }


def _request(settings: OperationSettings, args: Mapping[str, Any]) -> RequestSettings:
    """What is sent for these arguments: the operation's own request, changed by the first `when` that holds."""
    for condition, other in settings.when.items():
        name, with_value, value = condition.partition("=")
        if args.get(name) is not None and (not with_value or str(args[name]) == value):
            return settings.model_copy(update=other.model_dump(exclude_none=True))
    return settings


def _names_one(request: RequestSettings, args: Mapping[str, Any]) -> bool:
    """Whether what is sent says whom we look for."""
    asked = {name for name in FindCustomer.model_fields if args.get(name) is not None}
    return asked <= names_in([part for part in (request.path, request.query, request.body, request.headers) if part])


def _is_what_was_asked(operation: str, given: Mapping[str, Any], result: Result) -> bool:
    """A system may find something like what was asked for: only the very thing is believed."""
    if isinstance(result, Order):
        return _same_number(given["order_number"], result.order_number)
    if not isinstance(result, Customer):
        return True
    if given.get("customer_id") is not None:
        return bool(result.customer_id == given["customer_id"])
    return operation != "find_customer" or _same_way(FindCustomer(**given), result)


def _same_way(asked: FindCustomer, found: Customer) -> bool:
    if asked.email:
        return found.email.casefold() == asked.email.casefold()
    return not asked.phone or _digits(found.phone.removeprefix("00")) == _digits(asked.phone)


def _same_number(asked: str, found: str) -> bool:
    """Whether people mean the same order by both: #1042 is LW-001042, but AB-1042 is not LW-1042, nor AB is CD."""
    letters = [re.sub(r"[\W\d_]", "", number).casefold() for number in (asked, found)]
    same_letters = letters[0] == letters[1]
    return _digits(asked) == _digits(found) and (same_letters or (bool(_digits(asked)) and "" in letters))


def _digits(text: str) -> str:
    return "".join(char for char in text if char in "0123456789").lstrip("0")
