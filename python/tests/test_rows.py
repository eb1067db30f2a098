"""Task lists as rows of trainers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers import needs

import stepwell
from stepwell.cli import main
from stepwell.protocol.errors import UnknownSplitError
from stepwell.rows import TRAINERS, Trainer


@pytest.mark.parametrize("trainer", TRAINERS)
def test_each_trainer_has_its_row(url: str, trainer: Trainer) -> None:
    rows = stepwell.dataset("guess", "train", trainer, url=url, params={"tries": 5}, limit=3)
    assert len(rows) == 3
    row = rows[0]
    facts = row if trainer == "trl" else json.loads(row["info"]) if trainer == "verifiers" else row["extra_info"]
    assert facts["task_id"] == "guess_1"
    assert json.loads(facts["params"]) == {"tries": 5}
    assert json.loads(facts["provenance"])["environment"]
    if trainer in ("verl", "skyrl"):
        assert row["prompt"][0]["content"] == "Guess my number from 1 to 100. You have 5 tries."


def test_an_unknown_split_or_trainer_is_an_error(url: str) -> None:
    with pytest.raises(UnknownSplitError):
        stepwell.dataset("guess", "nope", "verl", url=url)
    with pytest.raises(ValueError, match="expected one of verl"):
        stepwell.dataset("guess", "train", "other", url=url)  # type: ignore[arg-type]


def test_the_command_writes_a_file_that_reads_back(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    parquet = needs("pyarrow.parquet", "data")
    file = str(tmp_path / "tasks.parquet")
    assert main(["tasks", "guess", "--split", "test", "--for", "skyrl", "--parquet", file, "--url", url]) == 0
    assert capsys.readouterr().out == f"50 tasks in {file}\n"
    rows = parquet.read_table(file).to_pylist()
    assert rows == stepwell.dataset("guess", "test", "skyrl", url=url)
    assert main(["tasks", "guess", "--split", "nope", "--parquet", file, "--url", url]) == 1
    assert "unknown_split" in capsys.readouterr().err
