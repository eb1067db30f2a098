"""The clients against a real server."""

from __future__ import annotations

import asyncio
import os
import subprocess
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from helpers import CuttingProxy, Start, port_of

import stepwell
from stepwell.link import Address
from stepwell.protocol.errors import (
    BadRequestError,
    CancelledError,
    InstanceTerminatedError,
    RequestTimeoutError,
    SessionLostError,
    StaleStepError,
    TooLargeError,
    UnauthorizedError,
    UnknownInstanceError,
    UnknownTaskError,
    WorkerLostError,
)

Main = Callable[[stepwell.AsyncClient], Coroutine[Any, Any, None]]


def with_client(url: str, main: Main, **options: Any) -> None:
    async def run() -> None:
        async with stepwell.connect(url, **options) as well:
            await main(well)

    asyncio.run(run())


def test_an_episode_from_create_to_release(url: str) -> None:
    async def main(well: stepwell.AsyncClient) -> None:
        inst = await well.create("guess", "guess_42", labels={"run": "1"})
        assert inst.state[0]["role"] == "user"
        assert (await inst.step({"role": "assistant", "content": "50"})).state[0]["content"] == "Lower."
        with pytest.raises(StaleStepError) as stale:
            await inst.step("42", at=0)
        assert stale.value.details == {"step": 1}
        last = await inst.step("42", at=1)
        assert (last.reward, last.is_terminated, last.end_reason, last.failure) == (1.0, True, "completed", None)
        assert isinstance(last.reward, float)
        with pytest.raises(InstanceTerminatedError):
            await inst.step("42")
        score = await inst.evaluate()
        assert (score.reward, score.success, score.failure) == (1.0, True, None)
        assert await inst.evaluate(sparse=True) == 1.0
        assert (await inst.inspect())["steps"] == 2
        assert [await inst.release(), await inst.release()] == [True, False]

    with_client(url, main)


def test_a_batch_has_an_answer_for_each_item_in_order(url: str) -> None:
    async def main(well: stepwell.AsyncClient) -> None:
        created = await well.create_many(
            "guess", ["guess_1", "nope", {"task_id": "guess_2", "params": {"tries": float("nan")}}]
        )
        assert isinstance(created[0], stepwell.AsyncInstance)
        assert isinstance(created[1], UnknownTaskError)
        assert isinstance(created[2], BadRequestError)
        inst = created[0]
        # What no server reads is refused here: sent, it would close the connection of every other call.
        bad: list[Any] = [b"2", {"content": 5}, {"role": "user", "content": ""}, {"tool_calls": [{"function": {"name": "f"}}]}]
        steps = await well.step_many([inst, "gone", *[inst] * 4, inst], ["\ud800 2", "2", *bad, "1"])
        assert isinstance(steps[0], stepwell.StepResult)
        assert isinstance(steps[1], UnknownInstanceError)
        assert all(isinstance(step, BadRequestError) for step in steps[2:6])
        assert isinstance(steps[6], stepwell.StepResult)
        assert steps[6].reward == 1.0
        scores = await well.evaluate_many([inst, "gone"])
        assert isinstance(scores[0], stepwell.Evaluation)
        assert isinstance(scores[1], UnknownInstanceError)
        assert await well.release_many([inst, inst]) == [True, False]
        assert await well.step_many([], []) == []

    with_client(url, main)


def test_a_group_is_created_all_or_none_and_cancelled_by_its_label(url: str) -> None:
    async def main(well: stepwell.AsyncClient) -> None:
        group = await well.group("guess", "guess_42", 8, labels={"run": "group"})
        assert len({inst.id for inst in group}) == 8
        with pytest.raises(UnknownTaskError):
            await well.group("guess", "nope", 8)
        assert sorted(await well.cancel(labels={"run": "group"})) == sorted(inst.id for inst in group)

    with_client(url, main)


def test_tasks_come_whole_or_as_many_as_asked_for(url: str) -> None:
    async def main(well: stepwell.AsyncClient) -> None:
        ids = await well.env_profile("guess", split="test")
        assert [row["task_id"] for row in await well.tasks("guess", "test")] == ids
        assert [row["task_id"] for row in await well.tasks("guess", "test", limit=3)] == ids[:3]
        assert (await well.profile("guess")).splits == ["train", "test"]

    with_client(url, main)


def test_a_request_that_is_too_large_fails_alone(url: str) -> None:
    async def main(well: stepwell.AsyncClient) -> None:
        inst = await well.create("guess", "guess_42")
        too_large, step = await well.step_many([inst, inst], ["x" * (17 << 20), "42"])
        assert isinstance(too_large, TooLargeError)
        assert isinstance(step, stepwell.StepResult)

    with_client(url, main)


def test_more_calls_than_the_server_takes_at_once_wait_here(url: str) -> None:
    async def main(well: stepwell.AsyncClient) -> None:
        inst = await well.create("guess", "guess_42")
        scores = await well.evaluate_many([inst] * 64 + ["gone"] * 20_000)
        assert len(scores) == 20_064
        assert all(isinstance(score, UnknownInstanceError) for score in scores[64:])

    with_client(url, main)


def test_a_deadline_is_an_error_and_a_late_instance_is_let_go(start: Start) -> None:
    async def main() -> None:
        with start(["guess"]) as server:
            proxy = CuttingProxy(("127.0.0.1", port_of(server.url)))
            async with stepwell.connect(f"ws://127.0.0.1:{proxy.port}") as well, stepwell.connect(server.url) as other:
                proxy.swallow = True
                with pytest.raises(RequestTimeoutError) as late:
                    await well.create("guess", "guess_42", instance_id="late", timeout=0.3)
                assert late.value.retryable
                assert (await other.instance("late").inspect())["task_id"] == "guess_42"
                proxy.cut()
                # The reply comes with the resume, and nobody waits for it.
                await well.ping()
                await well.ping()
                with pytest.raises(UnknownInstanceError):
                    await other.instance("late").inspect()
            proxy.close()

    asyncio.run(main())


def test_a_caller_that_no_longer_waits_leaves_no_instance_behind(url: str) -> None:
    async def main(well: stepwell.AsyncClient) -> None:
        creating = asyncio.create_task(well.create("guess", "guess_42", instance_id="unwanted"))
        await asyncio.sleep(0)
        creating.cancel()
        with pytest.raises(asyncio.CancelledError):
            await creating
        await well.ping()
        await well.ping()
        assert not await well.instance("unwanted").release()

    with_client(url, main)


def test_over_a_network_that_is_cut_each_step_runs_once(proxy: CuttingProxy) -> None:
    async def main(well: stepwell.AsyncClient) -> None:
        group = await well.group("guess", "guess_42", 32)
        seen = []
        for word in ["1", "99", "30", "50", "43", "42"]:
            proxy.swallow = True
            stepping = asyncio.create_task(well.step_many(group, [word] * 32))
            # Half of the steps: as soon as they are on their way, the connection goes.
            await asyncio.sleep(0)
            proxy.cut()
            seen.append(await stepping)
        assert all(
            isinstance(step, stepwell.StepResult) and step.info["step"] == at
            for at, steps in enumerate(seen, 1)
            for step in steps
        )
        assert await asyncio.gather(*(inst.evaluate(sparse=True) for inst in group)) == [1.0] * 32
        await well.release_many(group)

    with_client(f"ws://127.0.0.1:{proxy.port}", main)
    assert proxy.connections > 1


def test_a_server_that_dies_in_the_middle_of_a_batch_fails_each_item_and_the_client_recovers(start: Start) -> None:
    async def main() -> None:
        first = start(["guess"])
        port = port_of(first.url)
        async with stepwell.connect(first.url) as well:
            group = await well.group("guess", "guess_42", 64)
            os.kill(first.pid, 0)
            # Frozen, it takes the batch and does not answer; then it dies.
            subprocess.run(["/bin/sh", "-c", f"kill -STOP -{first.pid}"], check=True)
            stepping = asyncio.create_task(well.step_many(group, ["50"] * 64))
            await asyncio.sleep(0)
            await asyncio.to_thread(first.kill)
            with start(["guess"], port=port):
                steps = await stepping
                assert len(steps) == 64
                assert all(isinstance(step, SessionLostError) for step in steps)
                assert all(inst.id in str(step) for inst, step in zip(group, steps, strict=True)), "each names its instance"
                inst = await well.create("guess", "guess_42")
                assert (await inst.step("42")).reward == 1.0

    asyncio.run(main())


def test_a_server_that_does_not_come_back_is_an_error_of_each_call(start: Start) -> None:
    async def main() -> None:
        server = start(["guess"])
        async with stepwell.connect(server.url, reconnect=0.5) as well:
            inst = await well.create("guess", "guess_42")
            await asyncio.to_thread(server.kill)
            results = await well.step_many([inst, inst], ["1", "2"])
            assert all(isinstance(result, WorkerLostError) and result.retryable for result in results)

    asyncio.run(main())


def test_closing_fails_open_calls(url: str) -> None:
    async def main(well: stepwell.AsyncClient) -> None:
        ping = asyncio.create_task(well.ping())
        await asyncio.sleep(0)
        await well.close()
        with pytest.raises(CancelledError):
            await ping

    with_client(url, main)


def test_a_token_is_shown_and_a_wrong_one_refused(start: Start) -> None:
    with start(["guess"], token="secret") as server:
        with pytest.raises(UnauthorizedError):
            stepwell.Client(server.url, token="wrong")
        with stepwell.Client(server.url, token="secret") as well:
            assert well.create("guess", "guess_42").release()


def test_an_address_where_nobody_listens_is_an_error_that_names_it() -> None:
    with pytest.raises(WorkerLostError, match=r"127\.0\.0\.1:9"):
        stepwell.Client("ws://127.0.0.1:9")


def test_a_unix_socket(start: Start, tmp_path: Path) -> None:
    path = str(tmp_path / "well.sock")
    with start(["guess"], unix=path), stepwell.Client(f"unix:{path}") as well, well.create("guess", "guess_42") as inst:
        assert inst.step("42").reward == 1.0


def test_tls_with_a_certificate_of_ones_own(start: Start, tmp_path: Path) -> None:
    import ssl

    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
        + ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert)],
        check=True,
        capture_output=True,
    )
    with start(["guess"], options={"tls_cert": str(cert), "tls_key": str(key)}) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        assert url.startswith("wss://")
        with stepwell.Client(url, tls=ssl.create_default_context(cafile=str(cert))) as well:
            assert well.env_profile("guess")
        with pytest.raises(WorkerLostError, match="certificate"):
            stepwell.Client(url)


def test_threads_share_one_sync_client(url: str) -> None:
    with stepwell.Client(url.replace("ws", "http").removesuffix("/v1")) as well:
        rewards: list[float | None] = []

        def play() -> None:
            with well.create("guess", "guess_42") as inst:
                for word in ["50", "25", "42"]:
                    inst.step(word)
                rewards.append(inst.evaluate(sparse=True))

        threads = [threading.Thread(target=play) for _ in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert rewards == [1.0] * 32
        group = well.group("guess", "guess_42", 2)
        steps = well.step_many(group, ["42", "41"])
        assert [step.reward for step in steps if isinstance(step, stepwell.StepResult)] == [1.0, 0.0]
        assert well.release_many(group) == [True, True]
    with pytest.raises(RuntimeError, match="closed"):
        well.ping()


def test_addresses() -> None:
    assert Address.of("http://h:1") == Address("ws://h:1/v1")
    assert Address.of("https://h/x/v1") == Address("wss://h/x/v1")
    assert Address.of("localhost:8000") == Address("ws://localhost:8000/v1")
    assert Address.of("ws+unix:/a/b.sock:/v1") == Address("ws://localhost/v1", "/a/b.sock")
    assert Address.of("unix:///a/b.sock") == Address("ws://localhost/v1", "/a/b.sock")
    for wrong in ("ftp://h", "ws://", "unix:"):
        with pytest.raises(ValueError, match="server|socket"):
            Address.of(wrong)
