"""The server's HTTP in OpenAPI's words: docs/openapi.json is written from here, and the tests hold the server to it."""

from typing import Any

from bridge import __version__
from bridge.channels.widget.pages import looks
from bridge.channels.widget.routes import CLIENT_MSG_ID_CHARS_MAX, COMMENT_CHARS_MAX
from bridge.channels.widget.settings import Settings

Json = dict[str, Any]

_TEXT = {"type": "string"}


def _path(name: str) -> Json:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


_TURN_ID = _path("turn_id")
_CURSOR = {
    "name": "Last-Event-ID",
    "in": "header",
    "description": "The id of the last event seen; the stream goes on behind it.",
    "schema": {"type": "integer", "minimum": 0, "maximum": 10**15 - 1},
}
_REFUSALS = {
    "400": "The request cannot be read.",
    "401": "The token is missing, wrong or too old.",
    "403": "The page's origin is not allowed.",
    "404": "There is no such turn in this conversation.",
    "413": "The body is larger than 1 MB.",
    "429": "A limit is used up; Retry-After says when to come back.",
    "503": "The store is not available; nothing was kept.",
}


def description() -> Json:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "bridge",
            "version": __version__,
            "description": "The web widget's HTTP, and what operators look at. A 2xx means that the message is stored.",
        },
        "paths": _widget() | _operations(),
        "components": {
            "securitySchemes": {"session": {"type": "http", "scheme": "bearer"}},
            "schemas": _SCHEMAS,
        },
    }


def _widget() -> Json:
    turn = ("400", "401", "403", "404", "413", "503")
    return {
        "/widget/session": {
            "post": _operation(
                "Begin a conversation, or renew the token of the one whose token is sent.",
                body="SessionRequest",
                good=("200", "Session"),
                refusals=("400", "401", "403", "413", "429", "503"),
                optional_token=True,
            )
        },
        "/widget/messages": {
            "post": _operation(
                "Send a message. The same client_msg_id again changes nothing and gets the same answer.",
                body="Message",
                good=("202", "Accepted"),
                refusals=("400", "401", "403", "413", "429", "503"),
            )
        },
        "/widget/events": {
            "get": _operation(
                "The conversation's events as server-sent events, from a cursor on, for as long as the reader stays.",
                parameters=[_CURSOR],
                good=("200", "text/event-stream"),
                refusals=("400", "401", "403", "413", "429", "503"),
            )
        },
        "/widget/turns/{turn_id}/stop": {
            "post": _operation(
                "Stop an answer; harmless when it is over.",
                parameters=[_TURN_ID],
                good=("202", "Accepted"),
                refusals=turn,
            )
        },
        "/widget/turns/{turn_id}/retry": {
            "post": _operation(
                "Ask for an answer again: a new turn, the same one however often this is sent.",
                parameters=[_TURN_ID],
                good=("202", "Accepted"),
                refusals=(*turn, "429"),
            )
        },
        "/widget/turns/{turn_id}/feedback": {
            "post": _operation(
                "Say whether an answer was good.",
                parameters=[_TURN_ID],
                body="Feedback",
                good=("204", ""),
                refusals=(*turn, "429"),
            )
        },
        "/widget/files/{id}/{name}": {
            "get": _operation(
                "A file that a colleague sent, below an address that nobody guesses.",
                parameters=[_path("id"), _path("name")],
                good=("200", "application/octet-stream"),
                refusals=("404", "503"),
                open_to_all=True,
            )
        },
        "/widget.js": {"get": _page("The embed script.", "text/javascript")},
        **{f"/widget/look/{language}.json": {"get": _look(language)} for language in looks()},
        "/": {"get": _page("The demo page; off in production by a setting.", "text/html")},
    }


def _operations() -> Json:
    ready = _operation("Able to take messages.", good=("200", "Ready"), refusals=(), open_to_all=True)
    ready["responses"]["503"] = {"description": "Not now.", "content": _json("Ready")}
    return {
        "/healthz": {"get": _operation("Alive.", good=("200", "Alive"), refusals=(), open_to_all=True)},
        "/readyz": {"get": ready},
        "/metrics": {"get": _page("Prometheus.", "text/plain")},
    }


def _operation(
    summary: str,
    *,
    good: tuple[str, str],
    refusals: tuple[str, ...],
    body: str = "",
    parameters: list[Json] | None = None,
    optional_token: bool = False,
    open_to_all: bool = False,
) -> Json:
    status, schema = good
    answer: Json = {"description": "Done."}
    if "/" in schema:
        answer["content"] = {schema: {"schema": _TEXT}}
    elif schema:
        answer["content"] = _json(schema)
    responses = {status: answer} | {
        code: {"description": _REFUSALS[code], "content": _json("Refusal")} for code in sorted(refusals)
    }
    operation: Json = {"summary": summary, "responses": responses}
    if not open_to_all:
        operation["security"] = [{"session": []}, *([{}] if optional_token else [])]
    if parameters:
        operation["parameters"] = parameters
    if body:
        operation["requestBody"] = {"required": not optional_token, "content": _json(body)}
    return operation


def _page(summary: str, media_type: str) -> Json:
    return {
        "summary": summary,
        "responses": {"200": {"description": summary, "content": {media_type: {"schema": _TEXT}}}},
    }


def _look(language: str) -> Json:
    summary = f"The widget's style sheet, icons and words, language {language!r}."
    schema = _object({"css": _TEXT, "icons": {"type": "object"}, "words": {"type": "object"}})
    return {
        "summary": summary,
        "responses": {"200": {"description": summary, "content": {"application/json": {"schema": schema}}}},
    }


def _json(schema: str) -> Json:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}


def _object(required: Json, optional: Json | None = None) -> Json:
    return {"type": "object", "required": list(required), "properties": required | (optional or {})}


_SCHEMAS: Json = {
    "SessionRequest": _object({}, {"identity": {"type": "string", "description": "A JWT signed by the host."}}),
    "Session": _object(
        {
            "token": _TEXT,
            "conversation_id": _TEXT,
            "expires_at": {"type": "integer"},
            "widget": {"type": "object", "description": "How the business presents itself."},
        }
    ),
    "Message": _object(
        {
            "client_msg_id": {"type": "string", "minLength": 1, "maxLength": CLIENT_MSG_ID_CHARS_MAX},
            "text": {"type": "string", "minLength": 1, "maxLength": Settings().text_chars_max},
        }
    ),
    "Accepted": _object({"turn_id": _TEXT}),
    "Feedback": _object(
        {"rating": {"enum": ["up", "down"]}}, {"comment": {"type": "string", "maxLength": COMMENT_CHARS_MAX}}
    ),
    "Refusal": _object({"error": _TEXT}),
    "Alive": _object({"alive": {"const": True}}),
    "Ready": _object({"ready": {"type": "boolean"}}),
}
