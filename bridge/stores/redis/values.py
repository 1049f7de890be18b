"""Small values by key, as ports.KeyValue says: a string each, which the server forgets when its time is over."""

from bridge.stores.redis.part import Part
from bridge.stores.redis.times import milliseconds


class Values(Part):
    """The part of a store that ports.KeyValue describes. A value without a time stays; nothing in the code keeps one
    for each message or turn."""

    async def put(self, key: str, value: str, *, ttl_s: float | None = None, if_absent: bool = False) -> bool:
        expiry = () if ttl_s is None else ("PX", max(1, milliseconds(ttl_s)))
        absent = ("NX",) if if_absent else ()
        return await self._server.call("SET", self._server.keys("value", key), value, *expiry, *absent) is not None

    async def get(self, key: str) -> str | None:
        value: str | None = await self._server.call("GET", self._server.keys("value", key))
        return value

    async def delete(self, key: str) -> bool:
        return bool(await self._server.call("DEL", self._server.keys("value", key)))
