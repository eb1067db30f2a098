"""Plays every task of the image's own small set inside a worker's container: smoke-test.sh beside README.md runs it there."""

from __future__ import annotations

import time
from pathlib import Path

import stepwell
from stepwell.protocol.errors import UnavailableEnvironmentError

TASKS = Path("/srv/appworld/data/tasks")
SPLITS = ("train", "dev", "test_normal", "test_challenge")


REGISTERS_S = 120
"""A worker imports its engine, plays what it was given to play, and registers then."""


def tasks(well: stepwell.Client, split: str) -> list[str]:
    """Ids of a split, once the worker has come. Raises what the server says when it does not."""
    deadline = time.monotonic() + REGISTERS_S
    while True:
        try:
            return well.env_profile("appworld", split)
        except UnavailableEnvironmentError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def message(code: str) -> stepwell.Message:
    """What a model would say to have it run."""
    return {"role": "assistant", "content": f"```python\n{code}\n```"}


def main() -> None:
    """Raises AssertionError with the task that does not score as it should."""
    with stepwell.Client("ws://127.0.0.1:8000") as well:
        task_ids = [task_id for split in SPLITS for task_id in tasks(well, split)]
        assert len(task_ids) == 9, task_ids
        for task_id in task_ids:
            solution = (TASKS / task_id / "ground_truth" / "solution.py").read_text(encoding="utf-8")
            idle = well.create("appworld", task_id)
            solved = well.create("appworld", task_id)
            last = solved.step(message(f"{solution}\nsolution(apis, None)"))
            rewards = (idle.evaluate().reward, last.reward, solved.evaluate().reward)
            assert rewards == (0.0, 1.0, 1.0), (task_id, rewards)
            idle.release()
            solved.release()
        print(f"{len(task_ids)} tasks: doing nothing scores 0, the solution 1")


main()
