"""Killed processes, rebuilt episodes, and many episodes in a row: nothing is lost, nothing piles up."""

from __future__ import annotations

import os
import random
import signal
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from served import Instance, Served

TASKS = [f"{scenario}_{number}" for scenario in ("lists01", "money01", "music01") for number in (1, 2, 3)]


def descendants(pid: int) -> list[int]:
    """Every process that it started, and that those started, zombies too."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def state_of(pid: int) -> str:
    """The letter of its state; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def until(holds: Callable[[], bool]) -> None:
    """Waits for what other processes do."""
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def steps_of(served: Served, task_id: str) -> list[str]:
    """The solution as a model would go about it: look, log in and print the token, use it, finish."""
    head, _, body = served.solution(task_id).partition("def solution(apis, requester):\n")
    app = (
        task_id.removesuffix("01" + task_id[-2:])
        .replace("lists", "simple_note")
        .replace("music", "spotify")
        .replace("money", "venmo")
    )
    return [
        "print(apis.supervisor.show_profile())\nimport random; print(random.random())",
        f"{head}\nprint(login(apis, {app!r}))",
        f"print(apis.api_docs.show_api_descriptions(app_name={app!r})[:2])",
        f"{head}\ndef solution(apis, requester):\n{body}",
    ]


def play(instance: Instance, steps: list[str]) -> list[Any]:
    """What a trainer sees: the observations and rewards of these steps."""
    seen = [instance.run(step) for step in steps]
    return [(step["state"], step["reward"], step["end_reason"]) for step in seen]


@pytest.mark.parametrize("which", ["api", "executor"])
def test_an_instance_whose_process_was_killed_is_rebuilt_from_its_log(served: Served, which: str) -> None:
    steps = steps_of(served, "money01_1")
    before = set(descendants(served.well.process.pid))
    instance = served.open("money01_1")
    processes = sorted(set(descendants(served.well.process.pid)) - before)
    assert len(processes) == 2
    seen = play(instance, steps[:2])
    # The executor was forked first, by the zygote that has no data.
    victim = processes[0] if which == "executor" else processes[1]
    os.kill(victim, signal.SIGKILL)
    until(lambda: state_of(victim) == "")
    action = {"role": "assistant", "content": f"```python\n{steps[2]}\n```"}
    until(
        lambda: (
            "failure" in (reply := served.ask("step", instance_id=instance.name, action=action, timeout_s=20.0))
            and reply["failure"]["kind"] == "worker_lost"
        )
    )
    with served.open("money01_1") as again:
        assert play(again, steps[:2]) == seen
        assert play(again, steps[2:])[-1][1:] == (1.0, "completed")
    until(lambda: set(descendants(served.well.process.pid)) == before)


def rebuilt(served: Served, episodes: int) -> tuple[int, list[float]]:
    """Kills episodes at a drawn step and replays them. Gives how many differed, and the seconds of each replay."""
    drawn = random.Random(5)
    differed, seconds = 0, []
    for number in range(episodes):
        task_id = TASKS[number % len(TASKS)]
        steps = steps_of(served, task_id)
        done = drawn.randint(1, len(steps) - 1)
        instance = served.open(task_id)
        seen = play(instance, steps[:done])
        served.ok("release", instance_id=instance.name)
        began = time.monotonic()
        with served.open(task_id) as again:
            replayed = play(again, steps[:done])
            seconds.append(time.monotonic() - began)
            assert play(again, steps[done:])[-1][1:] == (1.0, "completed")
        differed += replayed != seen
    return differed, sorted(seconds)


def test_episodes_killed_in_the_middle_are_rebuilt_to_the_byte(served: Served) -> None:
    differed, _ = rebuilt(served, 12)
    assert differed == 0


def many(served: Served, episodes: int) -> list[int]:
    """Plays so many episodes one after the other. Gives the worker's memory before and after, bytes."""

    def memory() -> int:
        time.sleep(5.1)
        return int(served.ok("ping")["rss_bytes"])

    for number in range(9):
        with served.open(TASKS[number]) as instance:
            instance.run(served.solution(TASKS[number]))
    before = memory()
    for number in range(episodes):
        with served.open(TASKS[number % len(TASKS)]) as instance:
            step = instance.run(served.solution(TASKS[number % len(TASKS)]))
            assert step["reward"] == 1.0, step
    return [before, memory()]


def left(served: Served) -> tuple[int, int, list[str]]:
    """Processes, zombies among them, and folders that the worker's engine made."""
    processes = descendants(served.well.process.pid)
    zombies = [pid for pid in processes if state_of(pid) == "Z"]
    folders = [path.name for path in Path("/tmp").glob("stepwell-appworld-*")]  # noqa: S108
    return len(processes), len(zombies), folders


def test_many_episodes_in_a_row_leave_nothing_behind(served: Served) -> None:
    until(lambda: left(served)[0] == 2)
    before, after = many(served, 30)
    until(lambda: left(served)[:2] == (2, 0))
    assert after - before < 20_000_000
    assert not list((served.root / "experiments").glob("*")), "an episode wrote to the folder that is served"


@pytest.mark.long
def test_500_episodes_in_a_row_and_200_rebuilt(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    before, after = many(served, 500)
    played = time.monotonic() - began
    until(lambda: left(served)[:2] == (2, 0))
    differed, seconds = rebuilt(served, 200)
    p50, p99 = statistics.median(seconds), seconds[int(len(seconds) * 0.99)]
    with capsys.disabled():
        print(
            f"\n500 episodes in {played:.0f} s, memory {before / 1e6:.0f} -> {after / 1e6:.0f} MB; "
            f"200 rebuilt, {differed} differed, replay p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms"
        )
    assert (differed, after - before < 20_000_000) == (0, True)
