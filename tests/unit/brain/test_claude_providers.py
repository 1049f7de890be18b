"""Claude run by others: as far as the SDK's clients for them can be pointed at a stand-in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from bridge.brain import backup
from bridge.brain.backup import BackupSettings
from bridge.brain.claude import Claude
from bridge.brain.settings import ClaudeSettings
from bridge.errors import ConfigError, ModelOverloaded, ModelRejected
from bridge.types import File
from tests.fakes import samples
from tests.fakes.claude_rules import Refusal
from tests.fakes.claude_server import KEY, ClaudeServer, say
from tests.unit.brain.made import drafted, passage, quick, request, told

KEEP = passage("You may keep it for 30 days.")
OTHERS = ["bedrock", "vertex"]


def settings(provider: str, url: str) -> ClaudeSettings:
    given = {"provider": provider, "region": "eu-west-1", "project": "shop", "base_url": url}
    return ClaudeSettings.model_validate(quick(url).model_dump() | given)


@asynccontextmanager
async def claude(provider: str, api: ClaudeServer, key: str | None = KEY) -> AsyncIterator[Claude]:
    model = Claude(settings(provider, api.url), SecretStr(key) if key else None)
    try:
        yield model
    finally:
        await model.aclose()


@pytest.mark.parametrize("provider", OTHERS)
async def test_it_answers_with_citations_usage_and_files(api: ClaudeServer, provider: str) -> None:
    api.play(say("30 days.", cites=(0,)))
    picture = File("", "image/png", samples.png())
    async with claude(provider, api) as model:
        reply = await told(model, replace(request(passages=[KEEP]), files=(picture,)))
    assert (reply.text, reply.citations) == ("30 days. [1]", (KEEP,))
    assert reply.usage.input_tokens > 0
    assert api.requests[0]["model"] == "claude-sonnet-5-5"


@pytest.mark.parametrize("provider", OTHERS)
async def test_it_fails_in_the_same_ways(api: ClaudeServer, provider: str) -> None:
    api.play(Refusal(429, "rate_limit_error", "x", {"retry-after": "7"}))
    async with claude(provider, api) as model:
        with pytest.raises(ModelOverloaded) as raised:
            await model.complete(request(), drafted())
    assert raised.value.retry_after_s == 7.0
    async with claude(provider, api, key="wrong") as model:
        with pytest.raises(ModelRejected):
            await model.complete(request(), drafted())
    api.refusals.clear()


@pytest.mark.parametrize("provider", OTHERS)
async def test_it_counts_warms_and_is_checked(api: ClaudeServer, provider: str) -> None:
    async with claude(provider, api) as model:
        assert await model.count(request()) > 0
        assert (await model.warm("You are kind. " * 200)).cache_write_1h_tokens > 512
        assert f"at {provider}" in await model.check()


@pytest.mark.parametrize(("provider", "package"), [("bedrock", "botocore"), ("vertex", "google.auth")])
def test_without_a_key_the_package_that_finds_one_is_named(provider: str, package: str) -> None:
    try:
        if find_spec(package):
            pytest.skip(f"{package} is installed here")
    except ModuleNotFoundError:
        pass
    with pytest.raises(ConfigError, match=rf"pip install 'anthropic\[{provider}\]'"):
        Claude(settings(provider, "http://127.0.0.1:9"), None)


def test_without_a_key_of_its_own_anthropic_is_not_asked() -> None:
    with pytest.raises(ConfigError, match="ANTHROPIC_API_KEY"):
        Claude(quick("http://127.0.0.1:9"), None)


@pytest.mark.parametrize(
    ("given", "missing"),
    [({"provider": "bedrock"}, "set region"), ({"provider": "vertex", "region": "global"}, "set project")],
)
def test_what_a_provider_needs_is_said(given: dict[str, Any], missing: str) -> None:
    with pytest.raises(ValidationError, match=missing):
        ClaudeSettings.model_validate(given)


@pytest.mark.parametrize("provider", OTHERS)
@pytest.mark.parametrize("model", ["claude-sonnet-5-5", "claude-haiku-5-5"])
async def test_it_is_asked_as_the_backup(api: ClaudeServer, provider: Any, model: str) -> None:
    api.play(say("30 days.", cites=(0,)))
    given = BackupSettings(provider=provider, region="eu-west-1", project="shop", base_url=api.url, model=model)
    secret = {"bedrock": "AWS_BEARER_TOKEN_BEDROCK", "vertex": "ANTHROPIC_VERTEX_TOKEN"}[provider]
    spare = backup.build(given, {secret: SecretStr(KEY)})
    assert spare is not None
    reply = await told(spare, request(passages=[KEEP]))
    await spare.aclose()
    assert (reply.text, reply.model) == ("30 days. [1]", model)
    assert api.requests[0]["model"] == model
    assert api.requests[0]["max_tokens"] == given.output_tokens_max


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"provider": "bedrock", "region": "eu-west-1"}, "set model too"),
        ({"provider": "bedrock", "model": "m"}, "set region"),
        ({"provider": "vertex", "model": "m", "region": "global"}, "set project"),
    ],
)
def test_a_backup_elsewhere_has_to_be_complete(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        BackupSettings.model_validate(given)
