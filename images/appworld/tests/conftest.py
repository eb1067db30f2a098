"""The small set and the warm-up, made once a run; or those that the variables name, as a worker reads them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from served import Served

if TYPE_CHECKING:
    from collections.abc import Iterator


def _made(command: str, variable: str, factory: pytest.TempPathFactory) -> Path:
    given = os.environ.get(variable)
    if given:
        return Path(given)
    folder = factory.mktemp(command)
    subprocess.run([sys.executable, "-m", "stepwell_appworld.cli", command, str(folder)], check=True, timeout=300)
    return folder


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data/ to serve."""
    return _made("mini", "STEPWELL_APPWORLD_ROOT", tmp_path_factory)


@pytest.fixture(scope="session")
def warm_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a worker plays as it starts."""
    return _made("warm-up", "STEPWELL_APPWORLD_WARM_UP", tmp_path_factory)


@pytest.fixture(scope="module")
def served(root: Path, warm_up: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A worker for the tests of one file."""
    running = Served(tmp_path_factory.mktemp("worker"), root, warm_up)
    yield running
    running.close()
