"""The Python that documents show, as a reader pastes it: against a real server, on real tasks."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from helpers import ROOT

import stepwell

ADDRESS = "ws://127.0.0.1:8000"


def python_of(document: str, url: str) -> str:
    """The one block of Python in a document, with the address of a server of ours."""
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / document).read_text(), flags=re.DOTALL)
    assert block.count(ADDRESS) == 1
    return str(block).replace(ADDRESS, url)


def pasted(document: str, url: str, folder: Path) -> str:
    """What its block prints as a script."""
    script = folder / "script.py"
    script.write_text(python_of(document, url))
    ran = subprocess.run([sys.executable, str(script)], cwd=folder, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_readme_plays_real_tasks_to_reward_1(bfcl_url: str, tmp_path: Path) -> None:
    printed = pasted("README.md", bfcl_url, tmp_path)
    assert printed == "".join(f"simple_python_{index} True 1.0\n" for index in range(3))


def test_the_packages_readme_plays_a_real_task_to_reward_1(bfcl_url: str, tmp_path: Path) -> None:
    assert pasted("python/README.md", bfcl_url, tmp_path) == "completed 1.0\n"


def test_the_guides_rollout_gives_the_rewards_of_a_group(bfcl_url: str, truth: dict[str, list[stepwell.Message]]) -> None:
    said: dict[str, int] = {}

    async def generate(live: list[stepwell.AsyncInstance]) -> list[stepwell.Message]:
        for inst in live:
            said[inst.id] = said.get(inst.id, -1) + 1
        return [truth[inst.task_id][said[inst.id]] for inst in live]

    names: dict[str, Any] = {"generate": generate}
    # The block waits for the reader's own `generate`.
    exec(compile(python_of("docs/python.md", bfcl_url), "docs/python.md", "exec"), names)  # noqa: S102
    assert names["rewards"] == [1.0] * 8
