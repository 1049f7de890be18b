"""What every part of the Redis store stands on, and its settings."""

from typing import ClassVar

from pydantic import Field, field_validator
from redis.asyncio.connection import parse_url

from bridge.stores._settings import StoreSettings
from bridge.stores.redis.server import Server


class Settings(StoreSettings, frozen=True, extra="forbid"):
    """`[store]` for `url = "redis://..."`."""

    url: str = Field(
        default="redis://127.0.0.1:6379/0",
        description="The server: redis://HOST:PORT/DB, rediss:// with TLS, unix:///path of a socket. A user's name may"
        " stand in it (redis://NAME@HOST), a password may not: that is REDIS_PASSWORD.",
    )
    prefix: str = Field(
        default="bridge",
        pattern=r"^[A-Za-z0-9_.-]{1,64}$",
        description="Begins every key: businesses that share a server have one each.",
    )
    turns_max: int = Field(default=500, ge=50, description="Newest finished turns kept of each conversation.")
    quiet_days: float = Field(
        default=90.0, gt=0, description="A conversation in which nothing is said for so long is forgotten."
    )
    seen_days: float = Field(
        default=7.0, gt=0, description="How long a message that comes again is known, longer than any sender repeats."
    )

    shared: ClassVar[bool] = True
    """Several processes may use it at once."""

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        try:
            asked = parse_url(url)
        except ValueError as error:
            raise ValueError("must be like redis://127.0.0.1:6379/0") from error
        if "password" in asked:
            raise ValueError("holds a password: leave it out, and set REDIS_PASSWORD in the environment or in .env")
        return url


class Part:
    """Some of the verbs of ports.Store; the store is all parts together."""

    def __init__(self, server: Server, settings: Settings) -> None:
        self._server = server
        self._settings = settings

    async def close(self) -> None:
        """End what runs beside the calls. A part that has something to end does so, then asks the next one."""
