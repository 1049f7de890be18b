"""The examples in the documents about stores and channels work as they stand."""

import re
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import pytest
from aiohttp import ClientSession, web

from bridge.dispatch import Dispatch
from bridge.ports import EditableChannel, Page
from bridge.stores.memory import MemoryStore
from bridge.stores.memory import Settings as MemorySettings
from bridge.types import Address, Inbound, Sender
from tests.fakes.context import channel_context
from tests.fakes.loopback import on_loopback

DOCS = Path(__file__).parents[1] / "docs"


def example(page: str) -> ModuleType:
    """The first Python block of a page, as a module."""
    found = re.search(r"```python\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
    assert found, f"{page} has no example"
    module = ModuleType(page.removesuffix(".md").replace("-", "_"))
    exec(compile(found[1], page, "exec"), module.__dict__)
    return module


async def test_the_example_of_a_store_keeps_a_message() -> None:
    module = example("adding-a-store.md")
    inbound = Inbound(
        event_id="1", address=Address("x", "y"), sender=Sender("z"), text="hello", received_at=datetime.now(UTC)
    )
    async with module.build(module.Settings(url="list://")) as store:
        accepted = await store.accept(inbound)
        claim = await store.claim(lease_s=5, wait_s=1)
        assert claim.turn.id == accepted.turn_id


async def test_the_example_of_a_channel_hears_and_speaks(capsys: pytest.CaptureFixture[str]) -> None:
    module = example("adding-a-channel.md")
    store = MemoryStore(MemorySettings())
    dispatch = Dispatch(store, turns_max=1, drain_s=0)
    channel = module.build(module.Settings(), channel_context(store, receive=dispatch.receive))
    assert not isinstance(channel, EditableChannel)
    app = web.Application()
    app.add_routes(channel.routes())
    async with on_loopback(app) as url, ClientSession() as http:
        answer = await http.post(f"{url}/console", data="hello", headers={"X-Message-Id": "1"})
        assert answer.status == 202
    claim = await store.claim(lease_s=5, wait_s=1)
    assert claim is not None
    assert claim.turn.question == "hello"
    await channel.post(claim.turn.address, Page(claim=claim, text="good day", final=True))
    assert "good day" in capsys.readouterr().out
