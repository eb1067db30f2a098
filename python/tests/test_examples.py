"""The examples, as a user runs them."""

from __future__ import annotations

import subprocess
import sys

from helpers import ROOT


def run(example: str, url: str) -> str:
    program = [sys.executable, str(ROOT / "examples" / example), url]
    return subprocess.run(program, check=True, capture_output=True, text=True, timeout=300).stdout


def test_the_client_example_solves_its_tasks(bfcl_url: str) -> None:
    printed = run("python-client/main.py", bfcl_url)
    assert printed == "multi_turn_base_3 completed 1.0\nmulti_turn_base_7 completed 1.0\n"


def test_the_example_for_skyrl_finds_the_number(url: str) -> None:
    printed = run("python-trainers/skyrl_episode.py", url)
    assert "'reward': 1.0" in printed
    assert "'success': 1.0" in printed
