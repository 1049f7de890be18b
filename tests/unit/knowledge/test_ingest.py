"""Folder to index: only what changed is embedded, a crash loses nothing, two ingests never meet."""

import asyncio
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bridge.brain.knowledge import ingest as module
from bridge.brain.knowledge.index import Index
from bridge.brain.knowledge.ingest import IngestReport, changed, ingest
from bridge.brain.knowledge.settings import Settings
from bridge.brain.knowledge.storage import current_name, open_index
from bridge.errors import EmbedderError, IndexBusy, KnowledgeError
from tests.fakes.fake_embedder import FakeEmbedder
from tests.unit.knowledge.made import front, write

TEXTS = {"a.md": "You have 30 days.", "b.md": "Delivery takes 2 days.", "sub/c.md": "We open at nine."}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    write(tmp_path / "kb", TEXTS)
    return Settings(path=tmp_path / "kb", index_path=tmp_path / "index")


def texts(settings: Settings) -> list[str]:
    return [passage.text for passage in open_index(settings.index_path).passages]


async def test_a_first_ingest_reports_what_it_found(settings: Settings) -> None:
    write(settings.path, {**TEXTS, "staff.md": front(audience="staff") + "Secret.", "bad.md": "---\n---\nx"})
    (settings.path / "photo.png").write_bytes(b"")
    seen: list[tuple[int, int]] = []
    report = await ingest(settings, FakeEmbedder(), progress=lambda done, total: seen.append((done, total)))
    assert report.files == 5
    assert report.added == ["a.md", "b.md", "bad.md", "staff.md", "sub/c.md"]
    assert (report.skipped, report.ignored) == (["staff.md"], ["photo.png"])
    assert [problem.file for problem in report.problems] == ["bad.md"]
    assert (report.chunks, report.embedded, report.rebuilt) == (3, 3, True)
    assert seen == [(0, 3), (3, 3)]
    assert texts(settings) == list(TEXTS.values())
    assert report.version == open_index(settings.index_path).version


async def test_nothing_to_do_is_nothing_done(settings: Settings) -> None:
    first = await ingest(settings, FakeEmbedder())
    embedder = FakeEmbedder()
    again = await ingest(settings, embedder)
    assert (again.version, again.rebuilt, again.unchanged, again.embedded) == (first.version, False, 3, 0)
    assert embedder.asked == []


async def test_only_what_changed_is_embedded(settings: Settings) -> None:
    await ingest(settings, FakeEmbedder())
    write(settings.path, {"a.md": "You have 60 days.", "b.md": TEXTS["b.md"], "d.md": "New."})
    embedder = FakeEmbedder()
    report = await ingest(settings, embedder)
    assert (report.added, report.changed, report.removed, report.unchanged) == (["d.md"], ["a.md"], ["sub/c.md"], 1)
    assert sorted(text for _, text in embedder.asked) == ["a\nYou have 60 days.", "d\nNew."]
    assert texts(settings) == ["You have 60 days.", "Delivery takes 2 days.", "New."]


async def test_a_dry_run_changes_nothing(settings: Settings) -> None:
    embedder = FakeEmbedder()
    report = await ingest(settings, embedder, dry_run=True)
    assert (report.version, report.chunks, report.embedded, report.rebuilt) == ("", 3, 3, True)
    assert not settings.index_path.exists()
    assert embedder.asked == []


async def test_an_empty_folder_gives_an_empty_index(settings: Settings) -> None:
    write(settings.path, {})
    report = await ingest(settings, FakeEmbedder())
    index = open_index(settings.index_path)
    assert (report.chunks, index.size, index.version) == (0, 0, report.version)
    assert not changed(settings, FakeEmbedder(), index)


async def test_another_embedder_or_recipe_means_another_index(settings: Settings) -> None:
    await ingest(settings, FakeEmbedder())
    other = FakeEmbedder(id="fake/2", dimensions=32)
    assert changed(settings, other, open_index(settings.index_path))
    assert (await ingest(settings, other)).embedded == 3
    finer = settings.model_copy(update={"chunk_tokens_min": 1})
    assert changed(finer, other, open_index(settings.index_path))
    report = await ingest(finer, other)
    assert (report.rebuilt, report.embedded) == (True, 0)


async def test_a_damaged_index_is_built_anew(settings: Settings) -> None:
    report = await ingest(settings, FakeEmbedder())
    (settings.index_path / current_name(settings.index_path) / "exact.npy").write_bytes(b"not numpy")
    again = await ingest(settings, FakeEmbedder())
    assert (again.embedded, again.version) == (3, report.version)
    assert open_index(settings.index_path).size == 3


async def test_without_an_embedder_the_old_index_stays(settings: Settings) -> None:
    first = await ingest(settings, FakeEmbedder())
    write(settings.path, {"a.md": "Changed."})
    with pytest.raises(EmbedderError):
        await ingest(settings, FakeEmbedder(away=True))
    assert open_index(settings.index_path).version == first.version


async def test_a_first_ingest_without_an_embedder_still_knows_the_words(settings: Settings) -> None:
    embedder = FakeEmbedder(away=True)
    report = await ingest(settings, embedder)
    assert "without vectors" in report.problems[0].message
    index = open_index(settings.index_path)
    assert (index.size, index.manifest.embedder_id) == (3, "")
    assert changed(settings, embedder, index)
    with pytest.raises(EmbedderError):
        await ingest(settings, embedder)
    assert open_index(settings.index_path).version == index.version, "the same again helps nobody"
    write(settings.path, {**TEXTS, "d.md": "New."})
    assert (await ingest(settings, embedder)).added == ["d.md"]
    assert open_index(settings.index_path).size == 4
    embedder.away = False
    assert (await ingest(settings, embedder)).embedded == 4
    assert not changed(settings, embedder, open_index(settings.index_path))


async def test_a_folder_that_went_away_does_not_empty_the_index(settings: Settings) -> None:
    await ingest(settings, FakeEmbedder())
    index = open_index(settings.index_path)
    settings.path.rename(settings.path.parent / "elsewhere")
    with pytest.raises(KnowledgeError, match="not there"):
        changed(settings, FakeEmbedder(), index)
    with pytest.raises(KnowledgeError, match="not there"):
        await ingest(settings, FakeEmbedder())
    assert len(texts(settings)) == 3


async def test_an_index_that_cannot_be_written_is_an_error(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "file").write_text("in the way")
    blocked = settings.model_copy(update={"index_path": tmp_path / "file" / "index"})
    with pytest.raises(KnowledgeError, match="cannot be written"):
        await ingest(blocked, FakeEmbedder())


# ---------------------------------------------------------------- noticing changes


async def test_every_kind_of_change_is_noticed(settings: Settings) -> None:
    embedder = FakeEmbedder()
    for files in (
        {**TEXTS, "d.md": "new"},
        TEXTS,
        {**TEXTS, "a.md": "changed"},
        {"a.md": "changed"},
        {"b.md": "renamed"},
    ):
        assert not await ingest_and_look(settings, embedder)
        write(settings.path, files)
        assert changed(settings, embedder, open_index(settings.index_path))


async def ingest_and_look(settings: Settings, embedder: FakeEmbedder) -> bool:
    await ingest(settings, embedder)
    return changed(settings, embedder, open_index(settings.index_path))


async def test_a_touched_file_is_not_a_changed_one(settings: Settings) -> None:
    await ingest(settings, FakeEmbedder())
    os.utime(settings.path / "a.md", (1, 1))
    assert not changed(settings, FakeEmbedder(), open_index(settings.index_path))


async def test_a_change_in_the_same_tick_and_of_the_same_size_is_noticed(settings: Settings) -> None:
    await ingest(settings, FakeEmbedder())
    file = settings.path / "a.md"
    stat = file.stat()
    file.write_text(file.read_text().replace("30 days", "60 days"))
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert changed(settings, FakeEmbedder(), open_index(settings.index_path))


async def test_old_files_are_not_read_again(settings: Settings) -> None:
    for file in settings.path.rglob("*.md"):
        os.utime(file, (1_700_000_000, 1_700_000_000))
    await ingest(settings, FakeEmbedder())
    index = open_index(settings.index_path)
    file = settings.path / "a.md"
    file.write_text(file.read_text().replace("30 days", "60 days"))
    os.utime(file, (1_700_000_000, 1_700_000_000))
    assert not changed(settings, FakeEmbedder(), index), "same size and time, long ago: taken as the same, not read"


async def test_broken_files_do_not_look_changed_for_ever(settings: Settings) -> None:
    (settings.path / "gone.md").symlink_to("nowhere.md")
    (settings.path / "bad.md").write_bytes(b"\xff")
    assert not await ingest_and_look(settings, FakeEmbedder())


# ---------------------------------------------------------------- two at a time, and crashes


class SlowEmbedder(FakeEmbedder):
    """Embeds once it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = asyncio.Event()
        self.go = asyncio.Event()

    async def embed(self, *args: object) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        self.begun.set()
        await self.go.wait()
        return await super().embed(*args)  # type: ignore[arg-type]


async def test_a_second_ingest_is_refused(settings: Settings) -> None:
    slow = SlowEmbedder()
    async with asyncio.TaskGroup() as group:
        first = group.create_task(ingest(settings, slow))
        await slow.begun.wait()
        with pytest.raises(IndexBusy, match="another ingest"):
            await ingest(settings, FakeEmbedder())
        assert (await ingest(settings, FakeEmbedder(), dry_run=True)).chunks == 3
        slow.go.set()
    assert first.result().rebuilt
    assert not (await ingest(settings, FakeEmbedder())).rebuilt


async def test_a_cancelled_ingest_leaves_the_old_index_and_no_lock(settings: Settings) -> None:
    first = await ingest(settings, FakeEmbedder())
    write(settings.path, {"a.md": "Changed."})
    slow = SlowEmbedder()
    task = asyncio.create_task(ingest(settings, slow))
    await slow.begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert open_index(settings.index_path).version == first.version
    assert (await ingest(settings, FakeEmbedder())).changed == ["a.md"]


# ---------------------------------------------------------------- the property


NAMES = st.sampled_from(["a.md", "b.md", "faq.md", "sub/c.md"])
BODIES = st.sampled_from(["", "Text.", "Other text.", "# H\n\n" + "Long text. " * 80, "## Q?\n\nA.\n\n## R?\n\nB."])
FOLDERS = st.dictionaries(NAMES, BODIES, max_size=4)


def same(one: Index, other: Index) -> bool:
    return (
        list(one.passages) == list(other.passages)
        and np.array_equal(one.rows.exact, other.rows.exact)
        and np.array_equal(one.digests, other.digests)
        and np.array_equal(one.firsts, other.firsts)
        and one.postings.keys() == other.postings.keys()
        and all(
            np.array_equal(one.postings[key].weights, other.postings[key].weights)
            and one.postings[key].terms == other.postings[key].terms
            for key in one.postings
        )
    )


@hypothesis_settings(max_examples=15, deadline=None)
@given(states=st.lists(FOLDERS, min_size=1, max_size=4))
def test_step_by_step_equals_from_scratch(
    tmp_path_factory: pytest.TempPathFactory, states: list[dict[str, str]]
) -> None:
    base = tmp_path_factory.mktemp("steps")
    (base / "kb").mkdir()
    steps = Settings(path=base / "kb", index_path=base / "steps")
    scratch = Settings(path=base / "kb", index_path=base / "scratch")
    reports: list[IngestReport] = []
    for state in states:
        files = {name: front(kind="faq" if name == "faq.md" else "article") + body for name, body in state.items()}
        write(base / "kb", files)
        reports.append(asyncio.run(ingest(steps, FakeEmbedder())))
    asyncio.run(ingest(scratch, FakeEmbedder()))
    assert same(open_index(steps.index_path), open_index(scratch.index_path))
    assert all(report.embedded <= report.chunks for report in reports)
    shutil.rmtree(base)


def test_lots_are_small_enough_for_a_progress_bar() -> None:
    assert module.EMBED_TEXTS_MAX <= 64
