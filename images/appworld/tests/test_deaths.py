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
    # Its create may be answered while the executor is forked still.
    until(lambda: len(set(descendants(served.well.process.pid)) - before) == 2)
    processes = sorted(set(descendants(served.well.process.pid)) - before)
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


MOST_GROWTH = 20_000_000
"""Bytes that a worker's memory may differ between two moments at which it holds nothing."""


def many(served: Served, episodes: int, parts: int) -> list[int]:
    """Plays so many episodes one after the other. Gives the worker's memory before and after each part of them, bytes."""

    def memory() -> int:
        time.sleep(5.1)
        return int(served.ok("ping")["rss_bytes"])

    def play_all(numbers: range) -> None:
        for number in numbers:
            with served.open(TASKS[number % len(TASKS)]) as instance:
                step = instance.run(served.solution(TASKS[number % len(TASKS)]))
                assert step["reward"] == 1.0, step

    play_all(range(len(TASKS)))
    taken = [memory()]
    size = episodes // parts
    for part in range(parts):
        play_all(range(part * size, (part + 1) * size))
        taken.append(memory())
    return taken


def left(served: Served) -> dict[str, Any]:
    """What a worker has: its processes (zombies too), how many files each has open, and every file that it could have made.

    That is beside its socket, where its temporary ones and those of its home go, in the folder that is served, and in
    shared memory.
    """
    pid = served.well.process.pid
    processes = [pid, *sorted(descendants(pid))]
    return {
        "processes": processes,
        "descriptors": [len(list(Path(f"/proc/{each}/fd").iterdir())) for each in processes],
        "beside its socket": sorted(str(path) for path in served.folder.rglob("*")),
        "served": sorted((str(path), path.stat().st_mtime) for path in served.root.rglob("*")),
        "shared memory": sorted(path.name for path in Path("/dev/shm").glob("*appworld*")),  # noqa: S108
    }


def leaves_nothing(served: Served, episodes: int, parts: int) -> list[int]:
    """Plays them and wants everything to be as it was before the first one. Gives the memory as `many` does."""
    until(lambda: len(descendants(served.well.process.pid)) == 2)
    before = left(served)
    taken = many(served, episodes, parts)
    until(lambda: all(left(served)[what] == before[what] for what in ("processes", "descriptors")))
    assert left(served) == before
    assert max(taken) - min(taken) < MOST_GROWTH, taken
    return taken


def test_many_episodes_in_a_row_leave_nothing_behind(served: Served) -> None:
    leaves_nothing(served, 30, 1)


@pytest.mark.long
def test_500_episodes_in_a_row_and_200_rebuilt(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    taken = leaves_nothing(served, 500, 5)
    played = time.monotonic() - began
    differed, seconds = rebuilt(served, 200)
    p50, p99 = statistics.median(seconds), seconds[int(len(seconds) * 0.99)]
    with capsys.disabled():
        print(
            f"\n500 episodes in {played:.0f} s, MB after each 100: {[round(each / 1e6) for each in taken]}; "
            f"200 rebuilt, {differed} differed, replay p50 {p50 * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms"
        )
    assert differed == 0
