"""docs/performance.md says what docs/data/performance.json holds, and the load suite works."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.load import accepting, page, results
from bench.load.machine import measured
from bench.load.plan import SEED, TINY


@pytest.mark.parametrize("path", sorted(page.documents(results.read())), ids=lambda path: str(path.name))
def test_the_page_and_its_plots_agree_with_the_figures(path: Path) -> None:
    wanted = page.documents(results.read())[path]

    assert path.exists(), "python -m bench.load --page"
    assert path.read_text(encoding="utf-8") == wanted, "python -m bench.load --page"


def test_no_plot_is_left_that_no_figure_belongs_to() -> None:
    wanted = {path.name for path in page.documents(results.read())}

    assert {path.name for path in page.IMAGES.glob("performance-*.svg")} <= wanted


def test_the_published_figures_are_of_one_seed() -> None:
    assert {made["seed"] for made in results.read()["measurements"].values()} <= {SEED}


async def test_the_suite_measures_a_real_server_and_a_page_is_made_of_it(tmp_path: Path) -> None:
    scale = replace(TINY, rates=(50,))
    found = await accepting.measure(scale, tmp_path / "stage")

    (curve,) = found["curves"]
    assert curve["lost"] == 0
    assert curve["looked_up"] > 0
    assert curve["steps"][0]["accepted"] == 25
    assert curve["steps"][0]["cpu"]["all"] > 0
    figures = tmp_path / "figures.json"
    made = await asyncio.to_thread(measured)
    results.keep("accepting", made | {"scale": "tiny", "seed": SEED, "seconds": 1, "result": found}, figures)
    documents = page.documents(results.read(figures))
    assert "SQLite, one process" in documents[page.PAGE]
    assert len(documents) == 3


def test_one_measurement_takes_the_place_of_its_older_one_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "figures.json"
    for name, value in (("soak", 1), ("memory", 2), ("soak", 3)):
        results.keep(name, {"result": value}, path)

    kept: dict[str, Any] = json.loads(path.read_text())
    assert {name: made["result"] for name, made in kept["measurements"].items()} == {"memory": 2, "soak": 3}
