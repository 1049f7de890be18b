"""What a Redis server must be before anything is kept on it, asked of real ones that are not so."""

import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from redis import Redis

from bridge.errors import ConfigError, StoreUnavailable
from bridge.stores.redis import PASSWORD, Settings, build
from bridge.stores.redis.starting import SCHEMA, _problems
from tests.contract.stores import answer, message
from tests.fakes.redis_server import RedisServer

PASSES = "correct horse"


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., RedisServer]]:
    servers: list[RedisServer] = []

    def start(**options: str) -> RedisServer:
        server = RedisServer(tmp_path / str(len(servers)), **options)
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.close()


async def refusal(url: str, secrets: Mapping[str, SecretStr] = {}, prefix: str = "bridge") -> list[str]:
    """Why the store does not open, and somebody has to change something; nothing when it does."""
    try:
        async with build(Settings(url=url, prefix=prefix), secrets=secrets) as store:
            await store.accept(message("e1"))
            await answer(store)
    except ConfigError as error:
        return error.problems
    return []


async def test_a_server_that_is_as_we_ask_is_taken(started: Callable[..., RedisServer]) -> None:
    assert await refusal(started().url) == []


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"appendonly": "no"}, "redis-cli CONFIG SET appendonly yes"),
        ({"maxmemory_policy": "allkeys-lru", "maxmemory": "100mb"}, "CONFIG SET maxmemory-policy noeviction"),
        ({"maxmemory_policy": "volatile-ttl"}, "CONFIG SET maxmemory-policy noeviction"),
    ],
    ids=["no file", "throws away", "would throw away"],
)
async def test_a_server_that_would_lose_messages_is_refused_with_the_command_that_mends_it(
    started: Callable[..., RedisServer], options: dict[str, str], told: str
) -> None:
    server = started(**options)
    (problem,) = await refusal(server.url)
    assert told in problem
    command = problem.partition("redis-cli ")[2].partition("`")[0].split()
    with Redis.from_url(server.url, decode_responses=True) as operator:
        operator.execute_command(*command)
    assert await refusal(server.url) == []


async def test_everything_that_is_wrong_is_told_at_once(started: Callable[..., RedisServer]) -> None:
    assert len(await refusal(started(appendonly="no", maxmemory_policy="allkeys-random").url)) == 2


async def test_a_server_whose_configuration_nobody_may_ask_is_judged_all_the_same(
    started: Callable[..., RedisServer],
) -> None:
    """As servers that are rented are."""
    assert await refusal(started(rename_command='CONFIG" "').url) == []
    (problem,) = await refusal(started(rename_command='CONFIG" "', appendonly="no").url)
    assert "append-only file" in problem


@pytest.mark.parametrize(("fsync", "warned"), [("always", False), ("everysec", True), ("no", True)])
async def test_a_server_that_answers_before_it_has_written_is_taken_with_a_warning(
    started: Callable[..., RedisServer], fsync: str, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    assert await refusal(started(appendfsync=fsync).url) == []
    assert ("answers before what it keeps is on its disk" in caplog.text) == warned


async def test_a_replica_is_refused_with_the_address_of_its_primary(started: Callable[..., RedisServer]) -> None:
    primary = started()
    replica = started(replicaof=f'127.0.0.1" "{primary.port}')
    (problem,) = await refusal(replica.url)
    assert f"redis://127.0.0.1:{primary.port}" in problem


@pytest.mark.parametrize(
    ("version", "good"), [("6.0.16", False), ("5.0.7", False), ("6.2.0", True), ("7.2.4", True), ("10.0.0", True)]
)
def test_a_server_that_is_too_old_is_refused(version: str, good: bool) -> None:
    told = {"redis_version": version, "role": "master", "aof_enabled": "1", "maxmemory_policy": "noeviction"}
    problems = _problems(told)
    assert bool(problems) != good
    assert all("6.2" in problem for problem in problems)


async def test_a_password_comes_from_the_environment_and_is_named_when_it_is_wrong(
    started: Callable[..., RedisServer],
) -> None:
    server = started(requirepass=PASSES)
    assert await refusal(server.url, {PASSWORD: SecretStr(PASSES)}) == []
    for secrets in ({}, {PASSWORD: SecretStr("wrong")}):
        (problem,) = await refusal(server.url, secrets)
        assert "REDIS_PASSWORD" in problem
        assert "wrong" not in problem.replace("WRONGPASS", "")


async def test_a_user_by_name_needs_nothing_but_our_keys(started: Callable[..., RedisServer]) -> None:
    server = started(user=f'ada" "on" ">{PASSES.replace(" ", "")}" "~{{bridge}}:*" "&*" "+@all" "-@admin')
    url = server.url.replace("//", "//ada@")
    secrets = {PASSWORD: SecretStr(PASSES.replace(" ", ""))}
    assert await refusal(url, secrets) == []
    (problem,) = await refusal(url, secrets, prefix="other")
    assert "ACL" in problem


def test_a_password_in_the_address_is_refused_without_being_shown() -> None:
    with pytest.raises(ValidationError, match="REDIS_PASSWORD") as caught:
        Settings(url="redis://:hunter2hunter2@127.0.0.1/0")
    assert "hunter2" not in str(caught.value.errors(include_input=False))


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "unix:///nowhere/redis.sock", "redis://127.0.0.1:1"])
async def test_a_server_that_is_not_there_is_no_wrong_setting_and_told_with_it_all_the_same(url: str) -> None:
    with pytest.raises(StoreUnavailable, match=r"^store.url: .*start the server"):
        await refusal(url)


async def test_a_socket_of_this_machine_will_do(started: Callable[..., RedisServer], tmp_path: Path) -> None:
    socket = tmp_path / "redis.sock"
    started(unixsocket=str(socket))
    assert await refusal(f"unix://{socket}") == []


async def test_what_a_newer_version_keeps_is_left_alone(started: Callable[..., RedisServer]) -> None:
    server = started()
    with Redis.from_url(server.url, decode_responses=True) as operator:
        operator.set("{bridge}:schema", SCHEMA + 1)
        (problem,) = await refusal(server.url)
        assert "newer bridge" in problem
        assert operator.keys("*") == ["{bridge}:schema"]
        assert await refusal(server.url, prefix="other") == []
        assert operator.get("{other}:schema") == str(SCHEMA)


async def test_a_node_of_a_cluster_that_has_not_our_keys_sends_us_to_the_one_that_has(
    started: Callable[..., RedisServer],
) -> None:
    one, two = started(cluster_enabled="yes"), started(cluster_enabled="yes")
    with Redis.from_url(one.url) as first, Redis.from_url(two.url) as second:
        with pytest.raises(StoreUnavailable, match="redis-cli CLUSTER INFO"):
            await refusal(one.url)
        half = first.execute_command("CLUSTER", "KEYSLOT", "{bridge}")
        second.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, half)
        first.execute_command("CLUSTER", "ADDSLOTSRANGE", half + 1, 16383)
        first.execute_command("CLUSTER", "MEET", "127.0.0.1", two.port)
        _until(lambda: all(b"cluster_state:ok" in each.execute_command("CLUSTER", "INFO") for each in (first, second)))
        assert await refusal(one.url) == []
        assert second.execute_command("DBSIZE") > first.execute_command("DBSIZE") == 0
        (problem,) = await refusal(one.url.removesuffix("0") + "3")
        assert "database" in problem


def _until(look: Callable[[], bool], within_s: float = 30.0) -> None:
    until = time.monotonic() + within_s
    while not look():
        assert time.monotonic() < until, "it does not come true"
        time.sleep(0.05)
