"""What a server must be before anything is kept on it. Each refusal says what to change.

Everything is asked with INFO, which servers that are rented allow; CONFIG, which they often do not, is asked only for a
warning.
"""

import asyncio
import logging
import re
from collections.abc import Mapping

from bridge.errors import ConfigError, StoreUnavailable
from bridge.logs import event
from bridge.stores.redis.server import Server

log = logging.getLogger(__name__)

VERSION_MIN = (6, 2)
"""The first version that has every command our scripts use."""
SCHEMA = 1
"""How what we keep is laid out; it rises when an older bridge could not read it any more."""
MOVES_MAX = 5
"""Nodes of a cluster that are asked where our keys are."""
LOST_S = {"everysec": 2, "no": 30}
"""By `appendfsync`: of how many seconds a crash of the machine, or of a server whose disk is busy, may lose what was
accepted. (Without any order to, Linux writes after 30.)"""
LOADING_S = 60.0
"""How long a server that reads its files may take to have read them."""
LOADING_LOOK_S = 0.5


async def check_server(server: Server) -> None:
    """Find the node that has our keys and look whether what is kept there is safe. May raise ConfigError when somebody
    has to change something, StoreUnavailable when it does not answer now."""
    await _reach(server)
    told = _read(await _ask(server, "INFO"))
    if problems := _problems(told):
        raise ConfigError([f"store.url: {problem}" for problem in problems])
    await _agree_on_schema(server)
    await _warn(server)


async def _reach(server: Server) -> None:
    """Until the server answers; in a cluster, until it is the one that has our keys."""
    until = asyncio.get_running_loop().time() + LOADING_S
    moves = 0
    while True:
        try:
            await server.call("EXISTS", server.keys("schema"))
            return
        except StoreUnavailable as error:
            if "loading" in str(error).lower() and asyncio.get_running_loop().time() < until:
                await asyncio.sleep(LOADING_LOOK_S)
            elif server.has_moved and moves < MOVES_MAX:
                moves += 1
            else:
                raise _refused(str(error)) from None


def _refused(said: str) -> ConfigError | StoreUnavailable:
    """What a server says that takes no commands from us, and what to change; or that it is away, which may pass."""
    for pattern, fix in (
        (
            r"NOAUTH|Authentication required|already authenticated",
            "it wants a password: set REDIS_PASSWORD in the environment or in .env",
        ),
        (r"WRONGPASS|invalid (username|password)", "mend REDIS_PASSWORD in the environment or in .env"),
        (r"NOPERM|no permissions", "give its user every command on our keys, such as ACL SETUSER ... +@all ~*"),
        (r"SELECT is not allowed in cluster", "a cluster has database 0 only: end the address in /0"),
        (r"DB index", "end the address in the number of a database that it has, such as /0"),
        (r"certificate|SSL", "mend its certificate, or name ours: rediss://...?ssl_ca_certs=/path/ca.pem"),
    ):
        if re.search(pattern, said, re.IGNORECASE):
            return ConfigError([f"store.url: {said}; {fix}"])
    if re.search(r"CLUSTERDOWN|cluster is down|slot not served", said, re.IGNORECASE):
        fix = "the cluster does not serve all its slots: see redis-cli CLUSTER INFO"
    else:
        fix = "start the server, or mend the address"
    return StoreUnavailable(f"store.url: {said}; {fix}")


def _read(info: str) -> dict[str, str]:
    lines = (line.partition(":") for line in info.splitlines() if not line.startswith("#"))
    return {name: value.strip() for name, found, value in lines if found}


def _problems(told: Mapping[str, str]) -> list[str]:
    version = told.get("redis_version", "0")
    parts = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    problems = []
    if parts < VERSION_MIN:
        wanted = ".".join(map(str, VERSION_MIN))
        problems.append(f"the server is Redis {version}; bridge needs {wanted} or newer: upgrade it")
    if told.get("role", "master") != "master":
        primary = f"redis://{told.get('master_host', 'HOST')}:{told.get('master_port', '6379')}"
        problems.append(f"the server is a replica and takes no writes: name its primary, such as {primary}")
    if told.get("aof_enabled") != "1":
        problems.append(
            "the server keeps no append-only file, so a restart loses accepted messages: run"
            " `redis-cli CONFIG SET appendonly yes` and write `appendonly yes` in redis.conf"
        )
    if (policy := told.get("maxmemory_policy", "?")) != "noeviction":
        problems.append(
            f"the server throws keys away when memory is short (maxmemory-policy {policy}): run"
            " `redis-cli CONFIG SET maxmemory-policy noeviction` and write `maxmemory-policy noeviction` in redis.conf"
        )
    return problems


async def _agree_on_schema(server: Server) -> None:
    """Nobody writes beside a newer version; what we write says which one we are."""
    kept = await _ask(server, "GET", server.keys("schema"))
    if kept is not None and (not kept.isdigit() or int(kept) > SCHEMA):
        raise ConfigError(
            [
                f"store.prefix: what is kept under it was written by a newer bridge (schema {kept}, this one knows"
                f" {SCHEMA}): start that version, or set another store.prefix"
            ]
        )
    if kept != str(SCHEMA):
        await _ask(server, "SET", server.keys("schema"), SCHEMA)


async def _warn(server: Server) -> None:
    """With `everysec` a server that is killed keeps nearly everything: while its disk is busy it answers for up to two
    seconds before it writes. Whoever wants that speed may have it, and is told."""
    try:
        found = await server.call("CONFIG", "GET", "appendfsync")
    except StoreUnavailable:
        return  # it may not be asked
    told = found.get("appendfsync", "") if isinstance(found, dict) else (*found, "", "")[1]
    if told in LOST_S:
        fix = "run `redis-cli CONFIG SET appendfsync always` and write `appendfsync always` in redis.conf"
        words = "redis answers before what it keeps is on its disk: a crash loses accepted messages"
        event(log, words, level=logging.WARNING, appendfsync=told, up_to_s=LOST_S[told], fix=fix)


async def _ask(server: Server, *command: str | int) -> str:
    try:
        answer: str = await server.call(*command)
    except StoreUnavailable as error:
        raise _refused(str(error)) from None
    return answer
