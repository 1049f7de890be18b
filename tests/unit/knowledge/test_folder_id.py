"""What tells the folder of an index from those of other machines."""

from pathlib import Path

import pytest

from bridge.brain.knowledge.storage import folder_id, sweep


@pytest.mark.parametrize("left", [None, ""], ids=["new", "begun by one that died before it wrote"])
def test_all_that_share_a_folder_know_it_by_one_name(tmp_path: Path, left: str | None) -> None:
    if left is not None:
        (tmp_path / "id").write_text(left)
    first = folder_id(tmp_path)
    assert first
    assert folder_id(tmp_path) == first
    sweep(tmp_path, kept_s=0.0)
    assert [each.name for each in tmp_path.iterdir()] == ["id"]
    assert folder_id(tmp_path / "other") != first
