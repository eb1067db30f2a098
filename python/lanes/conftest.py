"""Lanes that are run by hand, with the trainers' own packages: docs/python.md says how, and what was run."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
pytest_plugins = ["server_fixtures"]


def pytest_configure(config: pytest.Config) -> None:
    """Warnings of the trainers' own packages are theirs; those of ours stay errors."""
    config.addinivalue_line("filterwarnings", "default")
    config.addinivalue_line("filterwarnings", r"error:::stepwell(\..*)?")
