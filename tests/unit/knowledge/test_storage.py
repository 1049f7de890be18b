"""The index on disk: what is written comes back, a crash or damage never leaves half an index."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.brain.knowledge import storage
from bridge.brain.knowledge.index import digest
from bridge.brain.knowledge.load import Stamp
from bridge.brain.knowledge.storage import current_name, open_index, sweep, write_index
from bridge.errors import KnowledgeError
from bridge.types import Passage
from tests.fakes.fake_embedder import vector
from tests.unit.knowledge.made import passage


def put(path: Path, passages: list[Passage], dimensions: int = 16) -> str:
    """The name of its folder."""
    exact = np.array([vector(p.text, dimensions) for p in passages], np.float32).reshape(len(passages), dimensions)
    version = write_index(path, passages, exact, recipe="r", embedder_id="e", stamps={"a.md": Stamp(1, 2, "3")})
    name = current_name(path)
    assert json.loads((path / name / "manifest.json").read_text())["version"] == version
    return name


PASSAGES = st.builds(
    passage,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    number=st.integers(0, 3),
    language=st.sampled_from(["en", "de", "zh-TW"]),
    kind=st.sampled_from(["article", "faq"]),
)


@settings(max_examples=25, deadline=None)
@given(passages=st.lists(PASSAGES, max_size=8))
def test_what_is_written_comes_back(tmp_path_factory: pytest.TempPathFactory, passages: list[Passage]) -> None:
    path = tmp_path_factory.mktemp("index")
    name = put(path, passages)
    index = open_index(path)
    assert list(index.passages) == passages
    assert (index.name, index.size) == (name, len(passages))
    assert index.manifest.stamps == {"a.md": Stamp(1, 2, "3")}
    assert np.array_equal(index.rows.exact, np.array([vector(p.text, 16) for p in passages]).reshape(-1, 16))
    assert [row.tobytes() for row in index.digests] == [digest(p) for p in passages]
    shutil.rmtree(path)


def test_an_article_is_one_document_and_every_answer_another(tmp_path: Path) -> None:
    kinds = [("a", "article"), ("a", "article"), ("f", "article"), ("f", "faq"), ("f", "faq"), ("b", "article")]
    put(tmp_path, [passage("x", number=i, doc_id=doc, kind=kind) for i, (doc, kind) in enumerate(kinds)])
    assert open_index(tmp_path).firsts.tolist() == [0, 2, 3, 4, 5]


def test_what_was_replaced_stays_for_a_while_then_goes_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    first = put(tmp_path, [passage("one")])
    os.utime(tmp_path / first, (1, 1))  # built long ago
    old = open_index(tmp_path)
    second = put(tmp_path, [passage("two")])
    (tmp_path / "current.0f.new").write_text(second[:5])
    os.utime(tmp_path / "current.0f.new", (1, 1))
    sweep(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {first, second, "current", "mine"}, "replaced a moment ago"
    os.utime(tmp_path / first, (time.time() - storage.REPLACED_KEPT_S - 60,) * 2)
    os.utime(tmp_path / second, (1, 1))
    sweep(tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {second, "current", "mine"}
    assert [p.text for p in old.passages] == ["one"], "an index in use stays readable"


def test_a_version_names_what_an_index_says_not_when_or_where_it_was_built(tmp_path: Path) -> None:
    def version(where: str, *, embedder: str = "e", recipe: str = "r", stamp: Stamp | None = None) -> str:
        stamps = {"a.md": stamp or Stamp(1, 2, "3")}
        return write_index(
            tmp_path / where, [], np.zeros((0, 4), np.float32), recipe=recipe, embedder_id=embedder, stamps=stamps
        )

    one = version("here")
    assert version("here") == one == version("there", stamp=Stamp(1, 99, "3")), "as it is on another machine"
    others = [version("x", embedder="f"), version("x", recipe="s"), version("x", stamp=Stamp(1, 2, "4"))]
    assert len({one, *others}) == 4


@pytest.mark.parametrize("name", ["passages.jsonl", "exact.npy", "weights-en.npy", "terms-en.txt", "manifest.json"])
@pytest.mark.parametrize("damage", ["cut", "changed", "removed"])
def test_damage_is_noticed(tmp_path: Path, name: str, damage: str) -> None:
    file = tmp_path / put(tmp_path, [passage("one two"), passage("three", number=1)]) / name
    content = file.read_bytes()
    match damage:
        case "cut":
            file.write_bytes(content[: len(content) // 2])
        case "changed":
            file.write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
        case _:
            file.unlink()
    with pytest.raises(KnowledgeError, match="cannot be used"):
        open_index(tmp_path)
    if damage == "changed" and name != "manifest.json":
        assert open_index(tmp_path, fresh=True).size == 2, "of a fresh one only the sizes are looked at"
        return
    with pytest.raises(KnowledgeError, match="cannot be used"):
        open_index(tmp_path, fresh=True)


@pytest.mark.parametrize("current", [b"", b"../../etc", b"20260101T000000-00000000", b"\xff\xfe\x00"])
def test_a_bad_pointer_is_no_index(tmp_path: Path, current: bytes) -> None:
    put(tmp_path, [passage("one")])
    (tmp_path / "current").write_bytes(current)
    with pytest.raises(KnowledgeError):
        open_index(tmp_path)


def test_an_index_of_another_format_is_not_used(tmp_path: Path) -> None:
    manifest = tmp_path / put(tmp_path, [passage("one")]) / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format": storage.FORMAT + 1}))
    with pytest.raises(KnowledgeError, match="format"):
        open_index(tmp_path)


def test_no_index_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="no index"):
        current_name(tmp_path / "nowhere")


KILLED_EVERYWHERE = """
import os, signal, sys
from pathlib import Path
import numpy as np
from bridge.brain.knowledge.storage import open_index, sweep, write_index
from tests.unit.knowledge.made import passage

path = Path(sys.argv[1])

def put(generation):
    passages = [passage(f"{generation}", number=number) for number in range(5)]
    write_index(path, passages, np.full((5, 4), generation, np.float32), recipe="", embedder_id="e", stamps={})

FILES = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.utime")

def die_at(last):
    seen = 0
    def hook(event, arguments):
        nonlocal seen
        if event in FILES and str(path) in str(arguments[0]):
            seen += 1
            if seen == last:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)

put(0)
for point in range(1, 500):
    child = os.fork()
    if not child:
        die_at(point)
        put(point)
        sweep(path, kept_s=0)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    index = open_index(path)
    generations = {passage.text for passage in index.passages} | {str(int(row[0])) for row in index.rows.exact}
    assert len(generations) == 1, generations
    print(point - int(generations.pop()), len(list(path.iterdir())), flush=True)
    if status == 0:
        break
"""


def test_a_kill_before_any_file_operation_leaves_a_whole_index(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED_EVERYWHERE, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    behind, left = zip(*(map(int, line.split()) for line in done.stdout.splitlines()), strict=True)
    assert len(behind) > 30, "every operation was a place to die at"
    assert behind[20] == 21, "the first index serves until the new one is whole"
    assert behind[-1] == 0
    assert left[20] > 10, "dead writers leave something"
    assert left[-1] == 2, "and it is cleaned up"
