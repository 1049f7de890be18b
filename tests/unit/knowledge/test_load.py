"""Reading the folder: what is usable is used, what is not is named with its line."""

import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.brain.knowledge.load import DOCUMENT_BYTES_MAX, FRONT_MATTER_CHARS_MAX, load, parse
from bridge.errors import KnowledgeError
from tests.unit.knowledge.made import front, write

GOOD = front() + "\nYou have 30 days.\n"


def test_a_document_is_read_with_its_front_matter(tmp_path: Path) -> None:
    write(tmp_path, {"returns/how.md": GOOD})
    loaded = load(tmp_path, ["public"])
    (document,) = loaded.documents
    assert document.id == "returns/how.md"
    assert document.front.title == "Returns"
    assert document.front.updated.isoformat() == "2026-11-01"
    assert document.body == "\nYou have 30 days.\n"
    assert not loaded.problems


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"", 1, "empty"),
        (b"\n \n", 1, "empty"),
        (b"Just text", 1, "no front matter"),
        (b"---\ntitle: x\n", 1, "no front matter"),
        (GOOD.encode() + b"\xff", 11, "UTF-8"),
        (front().encode(), 9, "no text"),
        (b"---\ntitle: [1\nurl: x\n---\ntext", 3, "not YAML"),
        (b"---\n- a\n- b\n---\ntext", 2, "key: value"),
        (b"---\n" + b"[" * 3000 + b"\n---\ntext", 1, "not YAML"),
        (b"---\n" + b"#" * FRONT_MATTER_CHARS_MAX + b"\n---\ntext", 1, "characters"),
        (GOOD.replace("updated: 2026-11-01\n", "").encode(), 1, "updated"),
        (GOOD.replace("2026-11-01", "last week").encode(), 4, "updated"),
        (GOOD.replace("https://", "javascript:").encode(), 3, "url"),
        (GOOD.replace("language: en", "language: English!").encode(), 6, "language"),
        (GOOD.replace("kind: article", "kind: fqa").encode(), 7, "kind"),
        (GOOD.replace("kind: article", "tags: a").encode(), 7, "tags"),
        (GOOD.encode() + b"x" * DOCUMENT_BYTES_MAX, None, "larger"),
    ],
)
def test_a_broken_document_is_named_and_does_not_stop_the_others(
    tmp_path: Path, content: bytes, line: int | None, words: str
) -> None:
    write(tmp_path, {"good.md": GOOD})
    (tmp_path / "bad.md").write_bytes(content)
    loaded = load(tmp_path, ["public"])
    assert [document.id for document in loaded.documents] == ["good.md"]
    (problem,) = loaded.problems
    assert (problem.file, problem.line) == ("bad.md", line)
    assert words in problem.message


def test_every_mistake_of_a_front_matter_is_named_at_once() -> None:
    with pytest.raises(KnowledgeError, match=r"title.*updated") as caught:
        parse("x.md", GOOD.replace("title: Returns\n", "").replace("2026-11-01", "soon").encode())
    assert caught.value.line == 1


def test_yaml_does_not_turn_words_into_other_things() -> None:
    text = GOOD.replace("title: Returns", "title: 2024").replace("language: en", "language: no")
    document = parse("x.md", text.encode())
    assert (document.front.title, document.front.language) == ("2024", "no")


def test_windows_files_read_like_others() -> None:
    windows = b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()
    assert parse("x.md", windows) == parse("x.md", GOOD.encode())


def test_other_audiences_are_left_out_and_counted(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": GOOD, "staff.md": front(audience="staff") + "Secret."})
    loaded = load(tmp_path, ["public"])
    assert [document.id for document in loaded.documents] == ["a.md"]
    assert loaded.skipped == ["staff.md"]
    assert set(loaded.stamps) == {"a.md", "staff.md"}
    assert len(load(tmp_path, ["public", "staff"]).documents) == 2


def test_hidden_files_are_silent_and_others_named(tmp_path: Path) -> None:
    write(tmp_path, {"a.md": GOOD, ".hidden.md": "x", ".git/b.md": "x"})
    (tmp_path / "photo.png").write_bytes(b"")
    loaded = load(tmp_path, ["public"])
    assert list(loaded.stamps) == ["a.md"]
    assert loaded.ignored == ["photo.png"]


def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    kb = tmp_path / "kb"
    write(tmp_path, {"secret.md": GOOD, "kb/a.md": GOOD})
    (kb / "out.md").symlink_to(tmp_path / "secret.md")
    (kb / "in.md").symlink_to(kb / "a.md")
    (kb / "gone.md").symlink_to(kb / "nothing.md")
    (kb / "folder").symlink_to(tmp_path)
    loaded = load(kb, ["public"])
    assert [document.id for document in loaded.documents] == ["a.md", "in.md"]
    assert [problem.file for problem in loaded.problems] == ["gone.md", "out.md"]


def test_a_pipe_does_not_hang_the_ingest(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.md")
    assert [problem.file for problem in load(tmp_path, ["public"]).problems] == ["pipe.md"]


def test_a_missing_folder_is_an_error_not_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="not there"):
        load(tmp_path / "kb", ["public"])
    assert load(tmp_path, ["public"]).documents == []


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: f"---\n{text}\n---\nbody".encode()))
def test_no_content_does_more_than_a_knowledge_error(raw: bytes) -> None:
    with suppress(KnowledgeError):
        parse("x.md", raw)
