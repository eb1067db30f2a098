"""Every attack of attacks.py changes no reward, reads no answer, reaches nothing and outlives no deadline.

Once with a worker that is root (a uid of its own for each executor besides), once with one that has no privilege at all
(as in a pod): the list of system calls and Landlock hold alone there.
"""

from __future__ import annotations

import os
import shutil
import time
from textwrap import dedent, indent
from typing import TYPE_CHECKING

import pytest
from attacks import ANSWERS, CRASHES, FRAMES, OUTSIDE, PROCESSES, RAW, STATE
from served import Served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from served import Instance

TASK = "money01_1"
PRIVATE = "internet bill"
NOTHING_DONE = {"sparse": 0.0, "dense": 0.4, "dense_above_no_op": 0.0}

MODES = {
    "root": [],
    # A user namespace without any mapping: no uid but its own, no capability.
    "unprivileged": ["unshare", "--user"],
}


@pytest.fixture(scope="module", params=list(MODES))
def served(
    request: pytest.FixtureRequest, root: Path, warm_up: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A worker in each of the two modes."""
    if request.param == "root" and os.geteuid() != 0:
        missing = "not run: a worker as root needs root"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    if request.param == "unprivileged" and not shutil.which("unshare"):
        pytest.fail("unshare (util-linux) is needed to run a worker without privilege")
    running = Served(tmp_path_factory.mktemp("worker"), root, warm_up, prefix=tuple(MODES[request.param]))
    yield running
    running.close()


ATTEMPT = """
got = None
try:
{body}
    print("GOT", got)
except BaseException as error:
    print("STOPPED", type(error).__name__, error)
"""


def attempt(served: Served, body: str, scratch: Path) -> str:
    """Code that tells whether the body got what it wanted."""
    values = {
        "root": served.root,
        "task": TASK,
        "private": PRIVATE,
        "scratch": scratch,
        "worker_socket": served.folder / "w.sock",
    }
    filled = dedent(body).strip().format(**values)
    return ATTEMPT.format(body=indent(filled, "    "))


def goes_on(instance: Instance) -> None:
    """The episode goes on as if nothing had been: nothing earned, and the right solution scores."""
    assert instance.evaluate()["reward_parts"] == NOTHING_DONE
    step = instance.run(instance.served.solution(TASK))
    assert (step["end_reason"], step["reward"]) == ("completed", 1.0), step


ATTEMPTS = {**ANSWERS, **STATE, **PROCESSES, **OUTSIDE}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_an_attempt_gets_nothing(served: Served, name: str, tmp_path: Path) -> None:
    with served.open(TASK) as instance:
        said = instance.output(attempt(served, ATTEMPTS[name], tmp_path))
        # Stopped by a wall, by the engine's guard, or left with nothing by a function that does nothing.
        assert said.startswith(("STOPPED ", "GOT None", "Execution failed. Traceback:\nUsage of the following")), said
        assert PRIVATE not in said.replace(str(tmp_path), "")
        assert list(tmp_path.iterdir()) == []
        goes_on(instance)


@pytest.mark.parametrize("name", FRAMES)
def test_a_raw_frame_to_the_api_process_earns_nothing_and_hangs_nothing(served: Served, name: str) -> None:
    with served.open(TASK) as instance:
        began = time.monotonic()
        code = RAW + FRAMES[name].format()
        step = instance.run(code, timeout_s=3.0)
        if step["end_reason"] is None:
            # What it left unread or unsaid ends the next run, if it does.
            step = instance.run("print(1)", timeout_s=3.0)
        assert step["end_reason"] in (None, "action_crash")
        assert step["reward"] == 0.0
        assert time.monotonic() - began < 60
        assert instance.evaluate()["reward_parts"] == NOTHING_DONE


@pytest.mark.parametrize("name", CRASHES)
def test_code_that_its_process_does_not_survive_ends_the_episode_with_its_true_reward(served: Served, name: str) -> None:
    with served.open(TASK, reward="dense") as instance, served.open(TASK) as other:
        instance.run(served.solution(TASK).replace("apis.supervisor.complete_task()", "pass"))
        step = instance.run(dedent(CRASHES[name]), timeout_s=3.0)
        assert step["end_reason"] == "action_crash"
        # All that was asked was done before: the evaluation says so, in a process that never ran the code.
        assert (step["reward"], instance.evaluate()["success"]) == (1.0, True)
        goes_on(other)


def test_the_engines_own_time_out_is_an_observation(served: Served) -> None:
    with served.open(TASK) as instance:
        said = instance.output("while True:\n    pass", timeout_s=3.0)
        assert "Execution timed out after 2 seconds" in said
        said = instance.output("while True:\n    apis.supervisor.show_profile()", timeout_s=8.0)
        assert "timed out" in said or "Number of requests exceeded" in said
        goes_on(instance)


@pytest.mark.parametrize("code", ["raise KeyboardInterrupt", "raise GeneratorExit", "raise SystemExit", "exit()"])
def test_an_exception_that_is_no_error_is_an_observation(served: Served, code: str) -> None:
    with served.open(TASK) as instance:
        assert instance.output(code).startswith("Execution")
        goes_on(instance)


def test_memory_is_bounded(served: Served) -> None:
    with served.open(TASK) as instance:
        assert "MemoryError" in instance.output("hog = bytearray(3 << 30)")
        step = instance.run("hog = []\nwhile True:\n    hog.append(bytearray(1 << 20))", timeout_s=15.0)
        if step["end_reason"] is None:
            assert "MemoryError" in step["state"][0]["content"]
        else:
            assert step["end_reason"] == "action_crash"
        assert instance.evaluate()["reward_parts"] == NOTHING_DONE


def test_100_mb_of_output_are_cut(served: Served) -> None:
    with served.open(TASK) as instance:
        step = instance.run("for _ in range(100):\n    print('x' * 1_000_000)", timeout_s=20.0)
        assert len(step["state"][0]["content"]) < 101_000
        assert instance.evaluate()["reward_parts"] == NOTHING_DONE


def test_calls_of_one_execution_are_limited_and_an_argument_of_2_mb_is_refused(served: Served) -> None:
    with served.open(TASK) as instance:
        loop = "done = 0\nfor _ in range(1005):\n    apis.supervisor.show_profile()\n    done += 1"
        assert "Number of requests exceeded the limit of 1000" in instance.output(loop, timeout_s=60.0)
        assert instance.output("print(done)") == "1000\n"
        said = instance.output("apis.simple_note.create_note(title='x' * 2_000_000, content='', access_token='x')")
        assert "may have 1048576 bytes" in said
        goes_on(instance)


def test_nothing_is_left_of_instances_that_were_attacked(served: Served) -> None:
    assert served.ok("ping")["instances"] == 0
