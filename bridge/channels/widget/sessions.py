"""Who is on the other side of the widget: signed session tokens, and identities signed by the host's own server.

A session is one random id; it names the conversation. Tokens travel in a header, never in a URL or a cookie.
"""

import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import jwt
from pydantic import SecretStr

from bridge.channels._text import kept
from bridge.errors import BadSignature, StoreUnavailable
from bridge.ports import KeyValue
from bridge.types import new_id

ALGORITHM = "HS256"
AUDIENCE = "bridge-widget"
IDENTITY_LIFE_MAX_S = 3_600
"""A host-signed identity must expire within this time of its being issued."""
TOKEN_CHARS_MAX = 4_096
NAME_CHARS_MAX = 256
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
_PHONE = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
KEY_NAME = "widget:signing_key"
LEEWAY_S = 30
CHECKED_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation and who holds it; `user` is the host's id of the person, empty when anonymous. E-mail address and
    phone number are those that the host has confirmed."""

    key: str
    user: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""

    @property
    def vouched(self) -> Mapping[str, str]:
        """What the host's signature stands for."""
        claimed = {"customer": self.user, "email": self.email, "phone": self.phone}
        return {kind: value for kind, value in claimed.items() if value}


class Sessions:
    """Makes and checks tokens."""

    def __init__(
        self,
        store: KeyValue,
        *,
        signing_key: SecretStr | None,
        identity_secret: SecretStr | None,
        life_s: float,
        renewal_s: float,
    ) -> None:
        self._store = store
        self._key = signing_key.get_secret_value() if signing_key else ""
        self._identity_secret = identity_secret.get_secret_value() if identity_secret else ""
        self._life_s = life_s
        self._renewal_s = renewal_s
        self._checked: OrderedDict[str, tuple[Session, float]] = OrderedDict()
        """Tokens whose signature was good, and when they expire: every message and every stream brings one."""

    @staticmethod
    def begin(identity: Session | None) -> Session:
        """A new conversation."""
        return replace(identity, key=new_id()) if identity else Session(new_id())

    async def token(self, session: Session) -> tuple[str, int]:
        """A token for the session and when it expires (unix seconds)."""
        now = int(time.time())
        expires_at = now + int(self._life_s)
        claims = {"sub": session.key, "iat": now, "exp": expires_at, "aud": AUDIENCE}
        if session.user:
            claims |= {"user": session.user, "name": session.name, "email": session.email, "phone": session.phone}
        return jwt.encode(claims, await self._signing_key(), algorithm=ALGORITHM), expires_at

    async def check(self, token: str) -> Session:
        """The session of a token that is good now. May raise BadSignature, StoreUnavailable."""
        session, expires_at = self._checked.get(token) or (None, 0.0)
        if session is None or expires_at < time.time():
            session = await self._read(token, leeway_s=LEEWAY_S)
        return session

    async def renewable(self, token: str, identity: Session | None) -> Session | None:
        """The session of a token that is good, or has not been expired for too long: then a person who was named must
        be named again. None when a new conversation must begin, as it must for anybody else than the one named."""
        try:
            session = await self._read(token, leeway_s=self._renewal_s)
            if identity is None and session.user:
                session = await self.check(token)
        except BadSignature:
            return None
        if identity is None:
            return session
        # What the host says now counts, not what it said when the conversation began.
        return replace(identity, key=session.key) if identity.user == session.user else None

    def identity(self, signed: str) -> Session:
        """The person that the host's server vouches for. May raise BadSignature."""
        if not self._identity_secret:
            raise BadSignature("an identity was sent, but WIDGET_IDENTITY_SECRET is not set")
        claims = _decode(signed, self._identity_secret, leeway_s=LEEWAY_S, required=["sub", "exp"])
        if int(claims["exp"]) - int(claims.get("iat", time.time())) > IDENTITY_LIFE_MAX_S:
            raise BadSignature(f"the identity lives longer than {IDENTITY_LIFE_MAX_S} s")
        user = kept(claims["sub"])
        if not user or len(user) > NAME_CHARS_MAX:
            raise BadSignature(f"the identity names nobody, or in more than {NAME_CHARS_MAX} characters")
        name = kept(str(claims.get("name", "")))[:NAME_CHARS_MAX]
        return Session("", user, name, _confirmed(claims, "email", _EMAIL), _confirmed(claims, "phone_number", _PHONE))

    async def _read(self, token: str, *, leeway_s: float) -> Session:
        required = ["sub", "exp", "aud"]
        claims = _decode(token, await self._signing_key(), leeway_s=leeway_s, required=required, ours=True)
        held = (str(claims.get(name, "")) for name in ("user", "name", "email", "phone"))
        session = Session(claims["sub"], *held)
        self._checked[token] = session, float(claims["exp"])
        if len(self._checked) > CHECKED_MAX:
            self._checked.popitem(last=False)
        return session

    async def _signing_key(self) -> str:
        """From the environment, else made once and shared through the store."""
        if not self._key:
            await self._store.put(KEY_NAME, secrets.token_urlsafe(48), if_absent=True)
            kept = await self._store.get(KEY_NAME)
            if not kept:  # an empty key would let anybody sign
                raise StoreUnavailable("the widget's signing key cannot be kept")
            self._key = kept
        return self._key


def _confirmed(claims: Mapping[str, Any], name: str, shape: re.Pattern[str]) -> str:
    """A claim that the host has confirmed itself, as OpenID Connect says it; "" for any other."""
    value = claims.get(name)
    if claims.get(f"{name}_verified") is not True or not isinstance(value, str) or not shape.fullmatch(value):
        return ""
    return value.lower()


def _decode(token: str, key: str, *, leeway_s: float, required: list[str], ours: bool = False) -> dict[str, Any]:
    """The claims of a token that is ours to believe. A host may leave the audience out; one for others is refused. One
    of `ours` may come from a process whose clock is ahead, or from before this one's was set back."""
    if not token or len(token) > TOKEN_CHARS_MAX:
        raise BadSignature("no token, or one that is too long")
    options: Any = {"require": required, "verify_aud": False, "verify_iat": not ours}
    try:
        claims: dict[str, Any] = jwt.decode(token, key, algorithms=[ALGORITHM], leeway=leeway_s, options=options)
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise BadSignature(f"token refused: {type(error).__name__}") from error
    if claims.get("aud", AUDIENCE) != AUDIENCE:
        raise BadSignature("the token is meant for somebody else")
    return claims
