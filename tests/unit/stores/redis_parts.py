"""Parts of the Redis store by themselves, at a time that the test tells."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

from bridge.stores.redis.keys import Keys
from bridge.stores.redis.part import Part, Settings
from tests.contract.stores import redis_server
from tests.fakes.redis_clock import ClockedServer, ServerTime

P = TypeVar("P", bound=Part)


@asynccontextmanager
async def open_part(part: type[P], prefix: str, time: ServerTime) -> AsyncIterator[P]:
    """The part on the tests' server, which goes by `time` from now on."""
    url = redis_server().url
    server = time.server = ClockedServer(url, Keys(prefix))
    opened = part(server, Settings(url=url, prefix=prefix))
    try:
        await time.tell()
        yield opened
    finally:
        time.server = None
        await opened.close()
        await server.close()
