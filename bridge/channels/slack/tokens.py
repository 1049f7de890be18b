"""Whose token speaks in which workspace: the app's own, and those of workspaces that installed it.

Tokens of installations are kept encrypted in the store (Fernet: AES-128-CBC and HMAC-SHA256).
"""

import asyncio
import json
import time
from collections import OrderedDict

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from bridge.errors import ConfigError, Undeliverable
from bridge.ports import KeyValue

CACHE_S = 60.0
"""How long another process may go on with a token after this one forgot it."""
CACHE_MAX = 10_000


class Tokens:
    """Mutable: remembers tokens for a moment. `keys` encrypt installations, the newest first; empty when there are
    none but the app's own workspace. May raise ConfigError."""

    def __init__(self, home: SecretStr, store: KeyValue, keys: str = "") -> None:
        self._home = home.get_secret_value()
        self._store = store
        self._cipher = _cipher(keys) if keys else None
        self._cache: OrderedDict[str, tuple[float, str | None]] = OrderedDict()
        self.home_team = ""
        """The workspace of the app's own token, once Slack has told."""
        self._told = asyncio.Event()
        self.home_host = ""
        """Where that workspace is found in a browser."""
        self.home_is_org = False
        """The token is an organisation's, and good in all its workspaces."""

    def told(self, team: str, host: str, *, is_org: bool) -> None:
        """Slack has told whose token ours is."""
        self.home_team, self.home_host, self.home_is_org = team, host, is_org
        self._told.set()

    async def home(self, wait_s: float) -> str:
        """The workspace of our own token, as soon as it is known; "" when that takes longer."""
        try:
            async with asyncio.timeout(wait_s):
                await self._told.wait()
        except TimeoutError:
            pass
        return self.home_team

    async def of(self, team: str) -> str:
        """The token for a workspace. May raise Undeliverable, StoreUnavailable."""
        token = await self._find(team)
        if token is None:
            raise Undeliverable("the app is not installed in this workspace")
        return token

    async def serves(self, team: str) -> bool:
        """True for a workspace that we can answer in. May raise StoreUnavailable."""
        return await self._find(team) is not None

    async def keep(self, team: str, token: str) -> None:
        """Remember the token of an installation. May raise StoreUnavailable."""
        assert self._cipher is not None
        kept = json.dumps({"token": token, "at": int(time.time())})
        await self._store.put(_key(team), self._cipher.encrypt(kept.encode()).decode())
        self._cache.pop(team, None)

    async def forget(self, team: str, at: int) -> None:
        """The app was removed there at that time (Unix seconds). An installation that is newer stays. May raise
        StoreUnavailable."""
        if self._read(await self._store.get(_key(team)))[1] > at:
            return
        await self._store.delete(_key(team))
        self._cache.pop(team, None)

    async def _find(self, team: str) -> str | None:
        if self._cipher is None:
            strange = self.home_team and team != self.home_team and not self.home_is_org
            return None if strange else self._home
        now = asyncio.get_running_loop().time()
        until, token = self._cache.get(team, (0.0, None))
        if now >= until:
            token, _ = self._read(await self._store.get(_key(team)))
            self._cache[team] = (now + CACHE_S, token)
            if len(self._cache) > CACHE_MAX:
                self._cache.popitem(last=False)
        if token is None and (self.home_is_org or team == self.home_team or not self.home_team):
            return self._home
        return token

    def _read(self, kept: str | None) -> tuple[str | None, int]:
        """A token and when it came. None also for what no key of ours opens: the workspace installs the app again."""
        if self._cipher is None or kept is None:
            return None, 0
        try:
            read = json.loads(self._cipher.decrypt(kept))
            return str(read["token"]), int(read.get("at", 0))
        except (InvalidToken, ValueError, KeyError, TypeError, AttributeError):
            return None, 0


def _cipher(keys: str) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key.strip()) for key in keys.split(",")])
    except ValueError:
        wanted = "a Fernet key (32 bytes in URL-safe base64), or several with commas between them, the newest first"
        raise ConfigError([f"SLACK_ENCRYPTION_KEY: must be {wanted}"]) from None


def _key(team: str) -> str:
    return f"slack:install:{team}"
