"""For tests of an environment: a server that speaks the worker side of the wire, and starts one worker for it.

async with worker(folder, "my_env:MyEnv") as well:
    await well.create("i1", "my_env", "task_1")
    step = await well.say("i1", "what the model says")
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from websockets.asyncio.server import ServerConnection, unix_serve
from websockets.typing import Subprotocol

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

TOKEN = "one-use"  # noqa: S105
"""What the worker registers with."""
JOIN_S = 240.0
"""Seconds that a worker may take to import its engine and register."""


class Driver:
    """What a test drives the worker with: requests as a server sends them."""

    def __init__(self, socket: ServerConnection, process: Process, hello: dict[str, Any]) -> None:
        self.process = process
        self.hello = hello
        self.socket = socket
        self._last = 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def ask(self, op: str, **fields: Any) -> dict[str, Any]:
        """One request and its reply, without the number."""
        self._last += 1
        waiting = self._waiting[self._last] = asyncio.get_running_loop().create_future()
        await self.socket.send(msgspec.msgpack.encode({"id": self._last, "op": op, **fields}))
        return await asyncio.wait_for(waiting, 60)

    async def ok(self, op: str, **fields: Any) -> Any:
        """The `ok` of a request; fails on any other reply."""
        reply = await self.ask(op, **fields)
        if "ok" not in reply:
            raise AssertionError(reply)
        return reply["ok"]

    async def create(self, name: str, env_type: str, task_id: str, **params: Any) -> Any:
        """A create that has to work."""
        return await self.ok(
            "create",
            instance_id=name,
            env_type=env_type,
            task_id=task_id,
            params=params,
            seed=None,
            started_at=0.0,
            timeout_s=60.0,
        )

    async def say(self, name: str, content: str, timeout_s: float = 30.0) -> Any:
        """A step that has to be answered."""
        action = {"role": "assistant", "content": content}
        return await self.ok("step", instance_id=name, action=action, timeout_s=timeout_s)

    async def read(self) -> None:
        """Hands replies to whoever waits for them, until the socket is gone."""
        async for message in self.socket:
            value = msgspec.msgpack.decode(message if isinstance(message, bytes) else message.encode())
            for reply in value if isinstance(value, list) else [value]:
                self._waiting.pop(reply.pop("re")).set_result(reply)


@asynccontextmanager
async def worker(
    folder: Path,
    *arguments: str,
    welcome: dict[str, Any] | None = None,
    prefix: Sequence[str] = (),
    variables: Mapping[str, str] | None = None,
) -> AsyncIterator[Driver]:
    """A worker of `stepwell-worker ARGUMENTS` that was started for this test in `folder`; ended with it.

    `prefix` is a command to start it with; `welcome` another answer to its hello; `variables` are those that it has beside
    this process's.
    """
    path = folder / "w.sock"
    joined: asyncio.Future[tuple[ServerConnection, dict[str, Any]]] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()

    async def serve(socket: ServerConnection) -> None:
        hello = msgspec.msgpack.decode(await socket.recv(decode=False))
        answer = welcome or {"ok": {"worker_id": "w1", "version": 1, "server": "fake", "limits": {}, "heartbeat_s": 5}}
        await socket.send(msgspec.msgpack.encode({"re": hello["id"], **answer}))
        joined.set_result((socket, hello))
        await over.wait()

    environment = {
        **os.environ,
        **(variables or {}),
        "STEPWELL_WORKER_URL": f"ws+unix:{path}:/v1/worker",
        "STEPWELL_WORKER_TOKEN": TOKEN,
        "STEPWELL_WORKER_ID": "w1",
    }
    async with unix_serve(serve, str(path), subprotocols=[Subprotocol("stepwell.v1")]):
        process = await asyncio.create_subprocess_exec(
            *prefix, sys.executable, "-m", "stepwell.worker.cli", *arguments, env=environment, cwd=folder
        )
        reading = None
        try:
            socket, hello = await asyncio.wait_for(joined, JOIN_S)
            driver = Driver(socket, process, hello)
            reading = asyncio.create_task(driver.read())
            yield driver
        finally:
            over.set()
            if reading is not None:
                await driver.socket.close()
                await asyncio.gather(reading, return_exceptions=True)
            await asyncio.wait_for(process.wait(), 30)
