"""The classifier learns, keeps what it learned, and says nothing it does not know."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bridge.brain.route import Category
from bridge.brain.routing.examples import Example, read_examples
from bridge.brain.routing.learning import learn
from bridge.brain.routing.local import FILE, Local
from bridge.errors import ConfigError
from bridge.ports import Vectors
from tests.fakes.fake_embedder import FakeEmbedder

WORDS = {
    Category.FAQ: "hours policy",
    Category.SIMPLE_SUPPORT: "order address",
    Category.COMPLEX_SUPPORT: "again dispute",
    Category.SALES_INQUIRY: "buy price",
    Category.TECHNICAL_ISSUE: "error broken",
    Category.SENSITIVE_MATTER: "lawyer hurt",
}
EXAMPLES = tuple(
    Example(text=f"{words} number{n}", category=category) for n in range(12) for category, words in WORDS.items()
)


def points(*, faq: int = 20, spread: float = 0.2) -> tuple[Vectors, Sequence[Category]]:
    """Six clouds of unit vectors, 20 each but for one, in no order."""
    random = np.random.default_rng(1)
    counts = {category: faq if category is Category.FAQ else 20 for category in Category}
    categories = [category for category, count in counts.items() for _ in range(count)]
    rows = np.eye(6, 16)[[list(Category).index(category) for category in categories]]
    rows = rows + random.normal(0, spread, rows.shape)
    order = random.permutation(len(rows))
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return vectors[order], [categories[n] for n in order]


def test_it_learns_what_is_there_to_learn() -> None:
    vectors, categories = points()
    learned = learn(vectors, categories)
    said = [learned.probabilities(vector) for vector in vectors]
    assert [max(chances, key=lambda category: chances[category]) for chances in said] == list(categories)
    assert all(sum(chances.values()) == pytest.approx(1.0) for chances in said)


def test_the_same_is_learned_from_the_same() -> None:
    vectors, categories = points()
    assert np.array_equal(learn(vectors, categories).coefficients, learn(vectors, categories).coefficients)


def test_many_examples_of_one_category_do_not_drown_the_others() -> None:
    learned = learn(*points(faq=300, spread=0.5))
    nowhere = np.zeros(16, np.float32)
    assert learned.probabilities(nowhere)[Category.FAQ] < 0.55


def test_what_nobody_could_tell_gets_no_certainty() -> None:
    random = np.random.default_rng(2)
    vectors = random.normal(0, 1, (240, 16))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    learned = learn(vectors.astype(np.float32), [list(Category)[n % 6] for n in range(240)])
    assert max(learned.probabilities(vectors[0].astype(np.float32)).values()) < 0.6


async def test_nothing_is_said_before_it_has_learned(tmp_path: Path) -> None:
    local = Local(FakeEmbedder(), EXAMPLES, tmp_path)
    assert await local.probabilities("buy price") is None
    await local.prepare()
    assert local.ready
    chances = await local.probabilities("buy price")
    assert chances is not None
    assert max(chances, key=lambda category: chances[category]) is Category.SALES_INQUIRY


async def test_a_message_goes_to_the_embedder_as_the_search_sends_it(tmp_path: Path) -> None:
    embedder = FakeEmbedder()
    local = Local(embedder, EXAMPLES, tmp_path)
    await local.prepare()
    await local.probabilities("buy\tthe price\x00 ")
    assert embedder.asked[-1] == ("query", "buy the price")
    assert {kind for kind, _ in embedder.asked} == {"query"}


async def test_another_start_learns_nothing_anew(tmp_path: Path) -> None:
    await Local(FakeEmbedder(), EXAMPLES, tmp_path).prepare()
    embedder = FakeEmbedder()
    local = Local(embedder, EXAMPLES, tmp_path)
    await local.prepare()
    assert local.ready
    assert embedder.asked == []


@pytest.mark.parametrize("change", ["embedder", "examples", "damage"])
async def test_what_was_learned_from_something_else_is_not_used(tmp_path: Path, change: str) -> None:
    await Local(FakeEmbedder(), EXAMPLES, tmp_path).prepare()
    embedder = FakeEmbedder(id="other/1" if change == "embedder" else "fake/1")
    examples = EXAMPLES[:-1] if change == "examples" else EXAMPLES
    if change == "damage":
        (tmp_path / FILE).write_bytes((tmp_path / FILE).read_bytes()[:-200])
    local = Local(embedder, examples, tmp_path)
    await local.prepare()
    assert local.ready
    assert len(embedder.asked) == len(examples)


async def test_an_embedder_that_is_away_costs_no_start(tmp_path: Path) -> None:
    embedder = FakeEmbedder(away=True)
    local = Local(embedder, EXAMPLES, tmp_path)
    await local.prepare()
    assert await local.probabilities("buy price") is None
    embedder.away = False
    await local.prepare()
    assert await local.probabilities("buy price") is not None
    embedder.away = True
    assert await local.probabilities("buy price") is None


async def test_a_vector_that_is_noise_decides_nothing(tmp_path: Path) -> None:
    embedder = FakeEmbedder()
    local = Local(embedder, EXAMPLES, tmp_path)
    await local.prepare()
    embedder.covered = 0.2
    assert await local.probabilities("buy price") is None
    assert await local.probabilities(" ") is None


async def test_a_folder_that_cannot_be_written_is_no_reason_to_stop(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    local = Local(FakeEmbedder(), EXAMPLES, tmp_path / "file" / "below")
    await local.prepare()
    assert local.ready


def test_an_operators_own_examples_have_the_last_word(tmp_path: Path) -> None:
    base, own = tmp_path / "base.jsonl", tmp_path / "own.jsonl"
    base.write_text('{"text": "a", "category": "FAQ", "language": "en"}\n{"text": "b", "category": "FAQ"}\n')
    own.write_text('\n{"text": "a", "category": "sales_inquiry"}\n')
    assert {example.text: example.category.value for example in read_examples(base, own)} == {
        "a": "sales_inquiry",
        "b": "FAQ",
    }


def test_every_mistake_in_the_examples_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text('{"text": "a", "category": "faq"}\n{"text": "a", "category": "FAQ"}\nnonsense\n{"text": ""}\n')
    (tmp_path / "latin.jsonl").write_bytes("é".encode("latin-1"))
    with pytest.raises(ConfigError) as caught:
        read_examples(path, tmp_path / "missing.jsonl", tmp_path / "latin.jsonl", tmp_path)
    assert len(caught.value.problems) == 6
    assert "line 1" in caught.value.problems[0]
    assert "line 3" in caught.value.problems[1]
    assert caught.value.problems[3].endswith("missing.jsonl cannot be read: there is no such file")
    assert caught.value.problems[4].endswith("latin.jsonl cannot be read: it is not UTF-8")
    assert caught.value.problems[5].endswith(" cannot be read: Is a directory")
