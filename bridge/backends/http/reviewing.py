"""Looks over the settings of an HTTP backend: every mistake with its key and the fix, before the first request."""

import difflib
import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import BaseModel

from bridge.backends.http import expressions
from bridge.backends.http.settings import FieldSettings, HttpSettings, OperationSettings, RequestSettings
from bridge.backends.http.shapes import Shape, shapes
from bridge.backends.http.templates import FILTERS, filters_in, names_in
from bridge.backends.operations import OPERATIONS, Money, Operation
from bridge.backends.refusals import REFUSALS

KEY = "backend.http"
SECRETS: Mapping[str, tuple[str, ...]] = {
    "none": (),
    "bearer": ("BACKEND_TOKEN",),
    "header": ("BACKEND_TOKEN",),
    "basic": ("BACKEND_USER", "BACKEND_PASSWORD"),
}
"""By `auth`: what has to be in the environment."""


def review(settings: HttpSettings, secrets: Iterable[str]) -> list[str]:
    """Every mistake, as "key: what is wrong; what to do". `secrets` are the names of those that are set."""
    return [*_server(settings, set(secrets)), *_operations(settings)]


def _server(settings: HttpSettings, secrets: set[str]) -> Iterator[str]:
    try:
        parts = urlsplit(settings.base_url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        parts, host = urlsplit(""), ""
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment or parts.username:
        yield f"{KEY}.base_url: must be like https://shop.example.com/api, without name, password or query"
    elif parts.scheme == "http" and settings.auth != "none" and not _near(host):
        yield f"{KEY}.base_url: would send credentials unencrypted; use https"
    missing = [name for name in SECRETS[settings.auth] if name not in secrets]
    if missing:
        yield f"{KEY}: with auth = {settings.auth!r}, set {', '.join(missing)} in the environment or in .env"
    if settings.auth == "header" and not settings.auth_header:
        yield f"{KEY}.auth_header: name the header that takes the token, such as 'X-Api-Key'"
    if settings.time_zone not in available_timezones():
        yield f"{KEY}.time_zone: there is no time zone {settings.time_zone!r}; use a name such as 'Europe/London'"
    if not settings.operations:
        yield f"{KEY}.operations: is empty; describe at least one, such as [{KEY}.operations.order_status]"
    if settings.check_path and not settings.check_path.startswith("/"):
        yield f"{KEY}.check_path: must begin with a slash"
    yield from _refusals(f"{KEY}.refused", settings.refused)
    yield from _headers(f"{KEY}.headers", settings.headers)


def _near(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _operations(settings: HttpSettings) -> Iterator[str]:
    for name, operation in settings.operations.items():
        key = f"{KEY}.operations.{name}"
        known = OPERATIONS.get(name)
        if not known:
            yield f"{key}: {_unknown('an operation', name, OPERATIONS)}"
            continue
        arguments = _arguments(known)
        if not operation.path and not operation.when:
            yield f"{key}.path: is missing; say what is asked for, such as '/orders/{{order_number}}'"
        yield from _request(key, operation, arguments)
        yield from _when(key, operation, known, arguments)
        yield from _values(f"{key}.values", operation, known)
        yield from _places(key, operation, arguments)
        yield from _fields(f"{key}.fields", known.result, operation.fields, arguments)
        yield from _refusals(f"{key}.refused", operation.refused)
        yield from _refusals(f"{key}.errors", operation.errors)
        if operation.errors and not operation.errors_at:
            yield f"{key}.errors_at: is missing; say where the codes of `errors` stand, such as 'error.code'"
        yield from _before(key, operation, settings.operations)
        if known.of_customer and not _says_whose(operation, known):
            other = "before, to an operation that finds it first" if known.writes else "owner"
            yield (
                f"{key}: does not say whose it is, so that one customer could reach another's; put {{customer_id}}"
                f" into path, query, body or headers, or set {other}"
            )
        for field in ("email", "phone") if name == "find_customer" else ():
            if field not in operation.fields:
                yield f"{key}.fields.{field}: is missing; whoever is found is compared with whom we looked for"


def _arguments(operation: Operation) -> set[str]:
    """What `{...}` may name: arguments, what is inside them, and the key."""
    names = set(operation.args.model_fields)
    inside = {
        f"{name}.{part}"
        for name, field in operation.args.model_fields.items()
        if field.annotation is Money
        for part in Money.model_fields
    }
    return names | inside | {"key"}


def _request(key: str, request: RequestSettings, arguments: set[str]) -> Iterator[str]:
    for part in ("path", "query", "body", "headers"):
        template = getattr(request, part)
        for name in sorted(names_in(template) - arguments):
            yield f"{key}.{part}: {{{name}}} {_unknown('an argument', name, arguments)}"
        for name in sorted(filters_in(template) - FILTERS.keys()):
            yield f"{key}.{part}: {_unknown('a filter', name, FILTERS)}"
    yield from _headers(f"{key}.headers", request.headers or {})


def _headers(key: str, headers: Mapping[str, str]) -> Iterator[str]:
    for name, value in headers.items():
        if name.lower() in ("authorization", "host", "content-length", "transfer-encoding", "cookie"):
            yield f"{key}.{name}: is not set here; credentials come from the environment, see {KEY}.auth"
        if not name.replace("-", "").replace("_", "").isalnum() or any(ord(char) < ord(" ") for char in value):
            yield f"{key}.{name}: is no header"


def _when(key: str, operation: OperationSettings, known: Operation, arguments: set[str]) -> Iterator[str]:
    for condition, request in operation.when.items():
        name, _, _ = condition.partition("=")
        if name not in known.args.model_fields:
            yield f"{key}.when.{condition}: {_unknown('an argument', name, known.args.model_fields)}"
        if not operation.path and not request.path:
            yield f"{key}.when.{condition}.path: is missing, and the operation has none either"
        yield from _request(f"{key}.when.{condition}", request, arguments)


def _values(key: str, operation: OperationSettings, known: Operation) -> Iterator[str]:
    for name in operation.values:
        if name not in known.args.model_fields:
            yield f"{key}.{name}: {_unknown('an argument', name, known.args.model_fields)}"


def _places(key: str, operation: OperationSettings, arguments: set[str]) -> Iterator[str]:
    for part in ("result", "owner", "errors_at"):
        yield from _arguments_of(f"{key}.{part}", getattr(operation, part), arguments)


def _arguments_of(key: str, place: str, arguments: set[str]) -> Iterator[str]:
    for name in sorted(expressions.parse(place).arguments - arguments):
        yield f"{key}: {{{name}}} {_unknown('an argument', name, arguments)}"


def _fields(
    key: str, model: type[BaseModel], fields: Mapping[str, FieldSettings], arguments: set[str]
) -> Iterator[str]:
    of = shapes(model)
    for name, shape in of.items():
        if shape.required and name not in fields:
            yield f"{key}.{name}: is missing; say where it stands in the answer"
    for name, field in fields.items():
        if name not in of:
            yield f"{key}.{name}: {_unknown('a field', name, of)}"
            continue
        yield from _arguments_of(f"{key}.{name}", field.at, arguments)
        yield from _field(f"{key}.{name}", of[name], field, arguments)


def _field(key: str, shape: Shape, field: FieldSettings, arguments: set[str]) -> Iterator[str]:
    if shape.part and field.fields:
        yield from _fields(f"{key}.fields", shape.part, field.fields, arguments)
    elif shape.part:
        yield f"{key}.fields: is missing; it holds {', '.join(shapes(shape.part))}"
    elif field.fields:
        yield f"{key}.fields: it has no fields of its own"
    if shape.kind == "money" and not field.currency:
        yield f"{key}.currency: is missing; say where it stands, or write '=GBP'"
    meant = [*field.values.values(), *([] if field.default is None else [field.default])]
    for value in meant if shape.choices else ():
        if value not in shape.choices:
            yield f"{key}: {_unknown('a value', str(value), shape.choices)}"


def _refusals(key: str, refusals: Mapping[str, str]) -> Iterator[str]:
    for code, name in refusals.items():
        if name not in REFUSALS:
            yield f"{key}.{code}: {_unknown('a reason', name, REFUSALS)}"


def _before(key: str, operation: OperationSettings, operations: Mapping[str, OperationSettings]) -> Iterator[str]:
    if not operation.before:
        return
    first = OPERATIONS.get(operation.before)
    own = OPERATIONS[key.rpartition(".")[2]]
    if not first or operation.before not in operations or first.writes:
        yield f"{key}.before: must be an operation that is described here and changes nothing"
    elif not {name for name, field in first.args.model_fields.items() if field.is_required()} <= set(
        own.args.model_fields
    ):
        yield f"{key}.before: {operation.before!r} needs arguments that this operation does not have"


def _says_whose(operation: OperationSettings, known: Operation) -> bool:
    requests = [operation, *operation.when.values()]
    whole = [
        {part: getattr(request, part) or getattr(operation, part) for part in ("path", "query", "body", "headers")}
        for request in requests
        if request.path or operation.path
    ]
    sent = bool(whole) and all("customer_id" in names_in(_plain(request)) for request in whole)
    return sent or bool(operation.before if known.writes else operation.owner)


def _plain(request: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: part for name, part in request.items() if part is not None}


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    return f"is not {what} we know; " + (f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(names)}")
