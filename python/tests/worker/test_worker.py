"""A worker against a server that speaks the wire: episodes, deadlines, deaths, drain."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from stepwell.worker.testing import TOKEN, worker

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

EXAMPLE = Path(__file__).parents[3] / "examples" / "python-environment" / "guess.py"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="workers fork as Linux has it")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the worker runs, with the environments beside it."""
    shutil.copy(EXAMPLE, tmp_path)
    shutil.copy(Path(__file__).parent / "hostile.py", tmp_path)
    return tmp_path


def alive(pid: int) -> bool:
    """Whether the process runs still; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def until(holds: Callable[[], bool]) -> None:
    """Waits for what another process does; the test's own deadline ends it."""
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0.01)


def run(test: Awaitable[None]) -> None:
    """One event loop a test."""

    async def main() -> None:
        await asyncio.wait_for(test, 90)

    asyncio.run(main())


def children_of(pid: int) -> list[int]:
    """Pids of the processes that it started, and that those started."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *children_of(int(child))]
    return found


async def children_once_there(pid: int, count: int) -> list[int]:
    """`children_of`, once there are so many: an instance answers its create while its companion may be forked still."""
    await until(lambda: len(children_of(pid)) >= count)
    return children_of(pid)


def environment_of(pid: int) -> str:
    """The environment that the process was started with."""
    return Path(f"/proc/{pid}/environ").read_bytes().decode()


@pytest.mark.parametrize("isolation", ["fork", "none"])
def test_an_episode_of_the_example_is_played_on_a_worker(folder: Path, isolation: str) -> None:
    async def test() -> None:
        async with worker(folder, "guess:Guess", "--isolation", isolation, "--capacity", "5") as well:
            assert (well.hello["role"], well.hello["token"], well.hello["worker_id"]) == ("worker", TOKEN, "w1")
            assert (well.hello["env_types"], well.hello["capacity"]) == (["guess"], 5)
            profile = await well.ok("profile", env_type="guess")
            assert profile["profile"]["splits"] == ["train", "test"]
            rows = await well.ok("tasks", env_type="guess", split="test", filter={})
            assert (len(rows["tasks"]), rows["tasks"][0]) == (50, {"task_id": "guess_2"})
            start = await well.create("i1", "guess", "guess_42", tries=5)
            assert start["state"][0]["content"].endswith("You have 5 tries.")
            step = await well.say("i1", "50")
            assert (step["state"][0]["content"], step["reward"], step["end_reason"]) == ("Lower.", 0.0, None)
            assert (await well.ok("info", instance_id="i1", query={})) == {"tries_left": 4}
            step = await well.say("i1", "42")
            assert (step["reward"], step["end_reason"], step["action"]["valid"]) == (1.0, "completed", True)
            score = await well.ok("evaluate", instance_id="i1", timeout_s=5.0)
            assert (score["reward"], score["success"], score["reward_parts"]) == (1.0, True, {"sparse": 1.0})
            ping = await well.ok("ping")
            assert ping["instances"] == 1
            assert ping["rss_bytes"] > 1_000_000
            assert (await well.ok("release", instance_id="i1")) == {"released": True}
            assert (await well.ok("release", instance_id="i1")) == {"released": False}
            lost = await well.ask("step", instance_id="i1", action={"content": "1"}, timeout_s=1.0)
            assert lost["failure"]["kind"] == "worker_lost"

    run(test())


@pytest.mark.parametrize("isolation", ["fork", "none"])
def test_a_mistake_of_the_caller_is_an_error_and_leaves_nothing_behind(folder: Path, isolation: str) -> None:
    async def test() -> None:
        async with worker(folder, "guess:Guess", "--isolation", isolation) as well:
            unknown = await well.ask("tasks", split="nope", filter={})
            assert (unknown["err"]["code"], unknown["err"]["retryable"]) == ("unknown_split", False)
            fields = {"instance_id": "i1", "task_id": "nope", "params": {}, "timeout_s": 5.0}
            assert (await well.ask("create", **fields))["err"]["code"] == "unknown_task"
            fields |= {"task_id": "guess_1", "params": {"tries": "many"}}
            assert (await well.ask("create", **fields))["err"]["code"] == "bad_params"
            assert (await well.ask("nonsense"))["err"]["code"] == "unsupported_op"
            assert (await well.ask("step", instance_id=3))["err"]["code"] == "bad_request"
            assert (await well.ok("ping"))["instances"] == 0

    run(test())


def test_instances_never_touch_each_other_and_answer_in_any_order(folder: Path) -> None:
    async def test() -> None:
        async with worker(folder, "guess:Guess") as well:
            names = [f"i{number}" for number in range(8)]
            await asyncio.gather(*(well.create(name, "guess", "guess_42") for name in names))
            await well.say("i0", "42")
            scores = await asyncio.gather(*(well.ok("evaluate", instance_id=name, timeout_s=5.0) for name in names))
            assert [score["reward"] for score in scores] == [1.0] + [0.0] * 7

    run(test())


@pytest.mark.parametrize("code", ["loop", "exit"])
def test_code_that_must_be_killed_or_ends_its_process_ends_the_episode_as_action_crash(folder: Path, code: str) -> None:
    async def test() -> None:
        async with worker(folder, "hostile:Alone") as well:
            pid = int((await well.create("i1", "alone", "t"))["state"][0]["content"].split()[1])
            await well.create("i2", "alone", "t")
            await well.say("i1", "work")
            step = await well.say("i1", code, timeout_s=0.5)
            assert (step["end_reason"], step["reward"], step["reward_parts"]) == ("action_crash", 0.0, {"sparse": 0.0})
            await until(lambda: not alive(pid))
            score = await well.ok("evaluate", instance_id="i1", timeout_s=5.0)
            assert (score["reward"], score["success"]) == (0.0, False)
            assert (await well.say("i2", "work"))["state"][0]["content"] == "done 1"
            assert (await well.ok("release", instance_id="i1")) == {"released": True}

    run(test())


@pytest.mark.parametrize("code", ["loop", "exit"])
def test_with_a_companion_an_action_crash_has_its_true_reward(folder: Path, code: str) -> None:
    async def test() -> None:
        async with worker(folder, "hostile:Paired") as well:
            await well.create("i1", "paired", "t")
            await well.say("i1", "work")
            step = await well.say("i1", code, timeout_s=0.5)
            assert (step["end_reason"], step["reward"]) == ("action_crash", 0.1)
            score = await well.ok("evaluate", instance_id="i1", timeout_s=5.0)
            assert score["reward"] == 0.1

    run(test())


def test_a_companion_has_no_data_and_one_descriptor(folder: Path) -> None:
    async def test() -> None:
        async with worker(folder, "hostile:Paired") as well:
            await well.create("i1", "paired", "t")
            said = (await well.say("i1", "look"))["state"][0]["content"]
            # 0, 1, 2, its socket, and the folder that it lists.
            assert said == "secret '' descriptors 5"

    run(test())


def test_a_step_that_raises_ends_only_its_own_instance(folder: Path) -> None:
    async def test() -> None:
        async with worker(folder, "hostile:Alone") as well:
            await well.create("i1", "alone", "t")
            await well.create("i2", "alone", "t")
            failed = await well.ask("step", instance_id="i1", action={"content": "raise"}, timeout_s=5.0)
            assert failed["failure"] == {"kind": "engine_error", "message": "ZeroDivisionError: as it was told to"}
            assert (await well.say("i2", "work"))["end_reason"] is None
            assert (await well.ok("ping"))["instances"] == 1

    run(test())


@pytest.mark.parametrize("environment", ["Alone", "Paired"])
def test_an_instance_killed_while_it_waits_is_lost_and_may_be_made_again(folder: Path, environment: str) -> None:
    async def test() -> None:
        async with worker(folder, f"hostile:{environment}") as well:
            pid = int((await well.create("i1", environment.lower(), "t"))["state"][0]["content"].split()[1])
            # Forked after it: so the zygote has let go of the instance's socket, and its death is the end of that.
            await well.ok("tasks", split="t", filter={})
            os.kill(pid, signal.SIGKILL)
            await until(lambda: not alive(pid))
            lost = await well.ask("step", instance_id="i1", action={"content": "work"}, timeout_s=5.0)
            assert lost["failure"]["kind"] == "worker_lost"
            await well.create("i1", environment.lower(), "t")
            assert (await well.say("i1", "work"))["end_reason"] is None

    run(test())


def test_a_worker_whose_socket_closes_ends_with_everything_it_started(folder: Path) -> None:
    async def test() -> None:
        async with worker(folder, "hostile:Paired") as well:
            for number in range(3):
                await well.create(f"i{number}", "paired", "t")
            started = await children_once_there(well.process.pid, 2 + 2 * 3)
            await well.socket.close()
            assert await asyncio.wait_for(well.process.wait(), 20) == 0
            await until(lambda: not any(alive(pid) for pid in started))

    run(test())


@pytest.mark.parametrize("victim", ["supervisor", "zygote"])
def test_when_the_supervisor_or_a_zygote_is_killed_nothing_is_left(folder: Path, victim: str) -> None:
    async def test() -> None:
        async with worker(folder, "hostile:Paired") as well:
            await well.create("i1", "paired", "t")
            running = asyncio.create_task(well.ask("step", instance_id="i1", action={"content": "loop"}, timeout_s=60.0))
            started = await children_once_there(well.process.pid, 2 + 2)
            os.kill(well.process.pid if victim == "supervisor" else started[0], signal.SIGKILL)
            await asyncio.wait_for(well.process.wait(), 20)
            await until(lambda: not any(alive(pid) for pid in started))
            running.cancel()

    run(test())


def test_a_draining_worker_takes_no_more_and_ends_with_its_last_instance(folder: Path) -> None:
    async def test() -> None:
        async with worker(folder, "guess:Guess") as well:
            await well.create("i1", "guess", "guess_42")
            await well.ok("drain")
            refused = await well.ask("create", instance_id="i2", task_id="guess_1", timeout_s=5.0)
            assert refused["failure"]["kind"] == "worker_lost"
            assert (await well.say("i1", "42"))["reward"] == 1.0
            await well.ok("release", instance_id="i1")
            assert await asyncio.wait_for(well.process.wait(), 20) == 0

    run(test())


def test_data_that_are_missing_end_the_worker_with_a_message_that_says_so(folder: Path) -> None:
    environment = {**os.environ, "STEPWELL_WORKER_URL": f"ws+unix:{folder}/none.sock:/v1/worker"}
    command = [sys.executable, "-m", "stepwell.worker.cli", "hostile:Broken"]
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "stepwell-worker: FileNotFoundError: no data here: run stepwell pull" in done.stderr


@pytest.mark.parametrize(
    "welcome",
    [{"ok": {"version": 2}}, {"err": {"code": "unauthorized", "message": "used", "retryable": False}}],
)
def test_a_server_of_another_version_or_one_that_refuses_ends_the_worker(folder: Path, welcome: dict[str, Any]) -> None:
    async def test() -> None:
        async with worker(folder, "guess:Guess", welcome=welcome) as well:
            assert await asyncio.wait_for(well.process.wait(), 20) == 1

    run(test())


def test_the_token_is_not_in_the_environment_of_what_the_worker_starts(folder: Path) -> None:
    async def test() -> None:
        async with worker(folder, "guess:Guess") as well:
            await well.create("i1", "guess", "guess_42")
            for pid in children_of(well.process.pid):
                assert TOKEN not in environment_of(pid)

    run(test())
