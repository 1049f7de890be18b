"""A node of a Redis Cluster carries the whole store: every key of it is in one slot. `TEST_REDIS_CLUSTER=1` runs the
whole contract suite there."""

import re
from copy import copy
from importlib import resources
from pathlib import Path

import pytest
from redis import Redis

from bridge.errors import StoreUnavailable
from bridge.ports import Bucket, Cap, Record, Step
from bridge.stores.redis import Settings
from bridge.stores.redis.keys import Keys
from bridge.stores.redis.server import Script
from tests.contract.stores import (
    LONG_S,
    StrictServer,
    answered,
    conversation_id,
    message,
    must_claim,
    on_a_cluster,
    parcel,
    redis_server,
)


async def test_every_verb_works_on_a_node_of_a_cluster_and_stays_in_one_slot() -> None:
    url, bucket = redis_server("cluster").url, Bucket("b", 1, 1)
    async with on_a_cluster(Settings(url=url, prefix="cluster")) as store:
        await store.accept(message("e1", more_within_s=0.01))
        await store.accept(message("e2"))
        claim = await must_claim(store)
        await store.renew(claim, lease_s=LONG_S)
        await store.record(claim, Step(key="k", kind="post", state="done"))
        await store.append("log", "body", key="k", claim=claim)
        await store.save_records(Record(kind="k", id="1", body="{}"), parcels=[parcel("p1")], claim=claim)
        await store.park(claim, delay_s=0.0)
        claim = await must_claim(store)
        await store.finish(claim, answered(claim))
        assert (await store.conversation(conversation_id(), turns_max=9)).turns
        assert await store.turn(claim.turn.id)
        assert not await store.unfinished(conversation_id())
        for each in await store.take(lease_s=LONG_S, limit=9):
            await store.settle(each, retry_in_s=None)
        await store.enqueue(parcel("p2"), delay_s=LONG_S)
        await store.hold(bucket, "ada", ttl_s=LONG_S)
        await store.spend(bucket, holder="ada", call_s=1.0)
        await store.ended(bucket)
        await store.release(bucket, "ada")
        await store.pause(bucket, 1.0)
        await store.put("k", "v", ttl_s=LONG_S)
        assert await store.get("k") == "v"
        await store.delete("k")
        await store.set_aside("r", 1, [Cap("a", 10, LONG_S), Cap("b", 10, LONG_S)], lease_s=LONG_S)
        await store.book("r", 1)
        assert await store.booked(["a", "b"]) == [1, 1]
        assert await store.read("log", after=0, limit=9, wait_s=0.1)
        assert await store.load_record("k", "1")
        await store.open_records("k", limit=9)
        await store.due_records("k", limit=9)
        await store.gauges()
        await store.check()
    with Redis.from_url(url, decode_responses=True) as operator:
        slots = {operator.execute_command("CLUSTER", "KEYSLOT", key) for key in operator.scan_iter("{cluster}*")}
        assert slots == {operator.execute_command("CLUSTER", "KEYSLOT", "{cluster}")}
        assert all(key.startswith("{") for key in operator.scan_iter("*"))


async def test_a_script_that_strays_into_another_slot_is_seen() -> None:
    """What the test above would say if one did."""
    straying = copy(Script("renew"))
    straying.text = "return {redis.call('GET', KEYS[1] .. 'a'), redis.call('GET', '{elsewhere}:a')}"
    server = StrictServer(redis_server("cluster").url, Keys("cluster"))
    with pytest.raises(StoreUnavailable, match="slot"):
        await server.run(straying)
    await server.close()


def test_scripts_name_every_key_by_the_root() -> None:
    """Anything else would be in another slot, and outside of the prefix."""
    folder = resources.files("bridge.stores.redis") / "lua"
    for file in Path(str(folder)).glob("*.lua"):
        literal = re.findall(r"redis\.call\('[A-Z]+',\s*'", file.read_text())
        assert not literal, f"{file.name} names a key without the root"
