"""Who may speak in a conversation: session tokens, and identities that the host's own server signs."""

import base64
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest

from tests.fakes.server import Server, start_server
from tests.fakes.widget_client import Visitor, another, visiting

SIGNING_KEY = "k" * 40
IDENTITY_SECRET = "i" * 40


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    secrets = {"WIDGET_SIGNING_KEY": SIGNING_KEY, "WIDGET_IDENTITY_SECRET": IDENTITY_SECRET}
    async with start_server(settings=secrets) as started:
        yield started


def identity(secret: str = IDENTITY_SECRET, **claims: Any) -> str:
    now = int(time.time())
    return jwt.encode({"sub": "u1", "name": "Ada", "iat": now, "exp": now + 300} | claims, secret, algorithm="HS256")


def session(key: str = SIGNING_KEY, **claims: Any) -> str:
    now = int(time.time())
    whole = {"sub": "0" * 32, "iat": now, "exp": now + 300, "aud": "bridge-widget"} | claims
    return jwt.encode({k: v for k, v in whole.items() if v is not None}, key, algorithm="HS256")


def unsigned(claims: dict[str, Any]) -> str:
    """A token whose header says that it needs no signature."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


async def test_a_session_says_what_the_widget_needs(visitor: Visitor) -> None:
    assert visitor.conversation_id.startswith("widget:")
    assert visitor.began["expires_at"] > time.time() + 3600
    assert visitor.began["widget"]["text_chars_max"] == 4_000
    assert {"name", "greeting", "disclosure"} <= visitor.began["widget"].keys()


async def test_a_token_in_force_renews_its_conversation(visitor: Visitor) -> None:
    before = visitor.conversation_id

    await visitor.begin()

    assert visitor.conversation_id == before


async def test_without_a_token_a_conversation_is_new(visitor: Visitor) -> None:
    assert (await another(visitor)).conversation_id != visitor.conversation_id


@pytest.mark.parametrize(
    ("expired_s", "renewed"), [(10, True), (60, True), (86_400, True), (29 * 86_400, True), (31 * 86_400, False)]
)
async def test_an_expired_token_renews_for_a_while_and_does_nothing_else(
    visitor: Visitor, expired_s: int, renewed: bool
) -> None:
    visitor.token = session(exp=int(time.time()) - expired_s)
    if expired_s > 30:
        status, _, _ = await visitor.post("/widget/messages", {"client_msg_id": "1", "text": "Hello?"})
        assert status == 401

    await visitor.begin()

    assert (visitor.key == "0" * 32) is renewed


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b.c",
        session("another key that is long enough, too"),
        session(IDENTITY_SECRET),
        session(aud="somebody-else"),
        session(aud=None),
        session(exp=None),
        session(sub=None),
        identity(),
        unsigned({"sub": "0" * 32, "exp": int(time.time()) + 3_000, "aud": "bridge-widget"}),
        session()[:-2] + "xx",
        session(pad="x" * 5_000),
        "é" * 100,
        "x" * 7_000,
    ],
)
async def test_a_token_that_is_not_ours_opens_nothing(visitor: Visitor, token: str) -> None:
    turn_id = await visitor.say("Hello?")
    visitor.token = token

    for path in ("/widget/messages", *(f"/widget/turns/{turn_id}/{what}" for what in ("stop", "retry", "feedback"))):
        status, answer, _ = await visitor.post(path, {"client_msg_id": "1", "text": "Hello?", "rating": "up"})
        assert status == 401
        assert answer == {"error": "Not allowed: the signature or token is missing, wrong or too old."}
    async with visitor.stream() as stream:
        assert stream.status == 401


async def test_a_forged_token_renews_nothing(visitor: Visitor) -> None:
    visitor.token = session("another key that is long enough, too", sub=visitor.key)
    before = visitor.conversation_id

    await visitor.begin()

    assert visitor.conversation_id != before


@pytest.mark.parametrize("scheme", ["Basic", "bearer", "BEARER", "Token", ""])
async def test_only_bearer_tokens_count(visitor: Visitor, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {visitor.token}"}

    status, _, _ = await visitor.post("/widget/messages", {"client_msg_id": "1", "text": "Hello?"}, headers)

    assert status == (202 if scheme.lower() == "bearer" else 401)


async def test_a_token_in_the_address_is_not_looked_at(visitor: Visitor) -> None:
    async with visitor.http.get(f"{visitor.url}/widget/events?token={visitor.token}") as answer:
        assert answer.status == 401


async def test_a_signed_identity_names_the_person(visitor: Visitor, server: Server) -> None:
    await visitor.begin(identity=identity())
    turn = await server.store.turn((await visitor.read_turn(await visitor.say("Hello?")))[-1].turn_id)  # type: ignore[arg-type]

    assert turn is not None
    assert (turn.inbounds[0].sender.id, turn.inbounds[0].sender.name) == ("u1", "Ada")


@pytest.mark.parametrize(
    "signed",
    [
        identity("the wrong secret, but long enough to be one"),
        identity(SIGNING_KEY),
        identity(exp=int(time.time()) - 60),
        identity(exp=int(time.time()) + 3_700),
        identity(iat=int(time.time()) - 7_200),
        identity(iat=int(time.time()) + 7_200),
        identity(aud="somebody-else"),
        identity(sub=""),
        identity(exp="soon"),
        identity(exp=str(int(time.time()) + 3_000)),
        unsigned({"sub": "u1", "exp": int(time.time()) + 300}),
        "",
        1,
        ["x"],
    ],
    ids=[
        "wrong secret",
        "signing key",
        "expired",
        "too far",
        "issued long ago",
        "issued later",
        "another audience",
        "nobody",
        "expiry in words",
        "expiry as text",
        "unsigned",
        "empty",
        "number",
        "list",
    ],
)
async def test_an_identity_that_the_host_did_not_sign_is_refused(visitor: Visitor, signed: Any) -> None:
    status, _, _ = await visitor.post("/widget/session", {"identity": signed})

    assert status in (400, 401) if not isinstance(signed, str) else status in (200, 401)
    if status == 200:  # a number written as text is a number
        assert jwt.decode(signed, IDENTITY_SECRET, ["HS256"])["exp"].isdigit()


async def test_an_identity_may_leave_out_when_it_was_issued(visitor: Visitor) -> None:
    now = int(time.time())
    short = jwt.encode({"sub": "u1", "exp": now + 300}, IDENTITY_SECRET, algorithm="HS256")
    long = jwt.encode({"sub": "u1", "exp": now + 36_000}, IDENTITY_SECRET, algorithm="HS256")

    assert (await visitor.post("/widget/session", {"identity": short}))[0] == 200
    assert (await visitor.post("/widget/session", {"identity": long}))[0] == 401


async def test_signing_in_or_as_somebody_else_begins_a_new_conversation(visitor: Visitor) -> None:
    anonymous = visitor.conversation_id
    ada = (await visitor.begin(identity=identity())).conversation_id
    still_ada = (await visitor.begin(identity=identity())).conversation_id
    bob = (await visitor.begin(identity=identity(sub="u2"))).conversation_id

    assert ada == still_ada
    assert len({anonymous, ada, bob}) == 3


async def test_the_session_of_a_named_person_ends_with_its_token(visitor: Visitor) -> None:
    """Whoever finds an old token in a browser must be named by the host again."""
    past = int(time.time()) - 3_600
    named = session(sub="1" * 32, user="u1", name="Ada", exp=past)

    visitor.token = named
    assert (await visitor.begin()).key != "1" * 32
    visitor.token = named
    assert (await visitor.begin(identity=identity())).key == "1" * 32


async def test_no_identity_without_a_secret_to_check_it() -> None:
    async with start_server() as server, visiting(server.url) as visitor:
        assert (await visitor.post("/widget/session", {"identity": identity()}))[0] == 401


async def test_two_servers_on_one_store_know_each_others_tokens() -> None:
    """The key that nobody has set is made once and shared."""
    async with start_server() as one, visiting(one.url) as visitor, start_server(store=one.store) as two:
        visitor.url = two.url
        assert await visitor.say("Hello?")
