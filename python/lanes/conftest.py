"""Lanes that are run by hand, with the trainers' own packages: docs/python.md says how, and what was run."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
pytest_plugins = ["server_fixtures"]
