"""Two processes with one store and one index: an answer whose source changed is gone in each as it switches."""

from dataclasses import replace
from pathlib import Path

import pytest

from bridge.brain.cache.rung import Answers
from bridge.brain.cascade import Question
from bridge.brain.knowledge.library import Library, open_library
from bridge.brain.knowledge.settings import Settings
from bridge.stores.memory import MemoryStore
from bridge.stores.memory import Settings as MemorySettings
from bridge.types import Passage
from tests.fakes.fake_embedder import FakeEmbedder
from tests.unit.brain.cache.test_rung import ASKED, NEVER, REPLY, SURE, said
from tests.unit.brain.made import question, turn
from tests.unit.knowledge.made import write

BEFORE = {"returns.md": "You may return a helmet within 30 days.", "hours.md": "We are open from 9 to 5."}
NOW = 1_000.0


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write(tmp_path / "kb", BEFORE)
    return Settings(path=tmp_path / "kb", index_path=tmp_path / "index", floor=0.0)


class Process:
    """What one process has of its own."""

    def __init__(self, store: MemoryStore, library: Library) -> None:
        self.library = library
        self.answers = Answers(
            store,
            NEVER,
            FakeEmbedder(),
            business="Acme",
            version=lambda: "v1",
            current=library.retriever.current,
            clock=lambda: NOW,
        )

    async def passages(self) -> list[Passage]:
        return [replace(one, score=0.0) for one in await self.library.retriever.search(ASKED, 1)]

    async def asked(self, name: str) -> Question:
        return replace(question(turn(ASKED, name=name), *await self.passages()), route=SURE)

    async def again(self) -> bool:
        """Whether the kept answer is given."""
        await self.answers.refresh()
        return await said(self.answers, await self.asked("t9")) is not None

    async def kept(self) -> int:
        """How many answers are here."""
        await self.answers.refresh()
        return len(self.answers.entries)

    async def answers_live(self, name: str) -> None:
        source = next(one for one in await self.passages() if one.doc_id == "returns.md")
        await self.answers.keep(await self.asked(name), replace(REPLY, text=f"{source.text} [1]", citations=(source,)))


async def test_an_answer_is_gone_with_its_source_as_each_process_switches(settings: Settings) -> None:
    store = MemoryStore(MemorySettings(), lambda: NOW)

    async def started(*, builds: bool) -> Process:
        opened = open_library(settings, FakeEmbedder(), lambda done, total: None, store=store, builds=builds)
        return Process(store, await opened)

    builder, worker = await started(builds=True), await started(builds=False)
    await builder.answers_live("t1")
    assert (await builder.again(), await worker.again()) == (True, True), "kept by one, given by both"
    write(settings.path, BEFORE | {"hours.md": "We are open from 10 to 4."})
    await builder.library.refresh()
    await worker.library.follow()
    assert (await builder.again(), await worker.again()) == (True, True), "another page has changed"
    write(settings.path, BEFORE | {"returns.md": "You may return a helmet within 60 days."})
    await builder.library.refresh()
    assert (await builder.kept(), await worker.kept()) == (0, 1), "one has switched"
    assert (await builder.again(), await worker.again()) == (False, True)
    await worker.answers_live("t2")
    assert not await builder.again(), "what the other says meanwhile from the old page is not given here"
    await worker.library.follow()
    assert (await builder.kept(), await worker.kept()) == (0, 0)
    assert (await builder.again(), await worker.again()) == (False, False)
    await worker.answers_live("t3")
    assert (await builder.again(), await worker.again()) == (True, True)
    late = await started(builds=False)
    assert await late.again()
