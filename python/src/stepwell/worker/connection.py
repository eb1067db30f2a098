"""The worker's socket: dials the server, says what it serves, answers requests until the socket is gone."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import connect, unix_connect
from websockets.exceptions import ConnectionClosed

from stepwell.protocol.codec import decode, encode
from stepwell.protocol.errors import (
    BadRequestError,
    StepwellError,
    UnsupportedOpError,
    UnsupportedVersionError,
    error_of,
)
from stepwell.protocol.frames import requests_of
from stepwell.protocol.limits import INBOUND_BYTES, PROTOCOL_VERSION, SUBPROTOCOL

from .episode import Answer, failure
from .zygote_link import settle

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

    from .environment import Environment
    from .instances import Instances

_NEEDS: dict[str, dict[str, type]] = {
    "tasks": {"split": str},
    "create": {"instance_id": str, "task_id": str},
    "step": {"instance_id": str, "action": dict},
    "evaluate": {"instance_id": str},
    "info": {"instance_id": str},
    "release": {"instance_id": str},
}
_GONE = "the process that instances are forked from is gone"
HEALTH_S = 5.0
"""Seconds that a figure of memory is told before it is measured again."""


def dial(url: str) -> Any:
    """The connection to `ws+unix:PATH:/v1/worker` or `ws://HOST:PORT/v1/worker`."""
    settings: dict[str, Any] = {"subprotocols": [SUBPROTOCOL], "compression": None, "max_size": INBOUND_BYTES}
    # A server may leave the last word of a close to the client: not long, as a launcher waits for the process to end.
    settings["close_timeout"] = 0.3
    if url.startswith("ws+unix:"):
        path, _, route = url.removeprefix("ws+unix:").rpartition(":")
        if not path:
            raise ValueError(f"{url!r} has no socket path: write ws+unix:/path/to/socket:/v1/worker")
        return unix_connect(path.replace("//", "/"), uri=f"ws://localhost{route}", **settings)
    return connect(url, **settings)


class Worker:
    """One worker: its connection and its instances."""

    def __init__(self, environment: type[Environment], instances: Instances, capacity: int) -> None:
        self._environment = environment
        self._instances = instances
        self._capacity = capacity
        self._draining = False
        self._under_way: set[asyncio.Task[None]] = set()
        self._health: tuple[float, int] | None = None

    async def serve(self, url: str, token: str | None, worker_id: str | None) -> str:
        """Runs until the server closes the socket, the worker has drained, or a signal ends it; tells why.

        Raises StepwellError when the server does not take it in, RuntimeError when the environment cannot be loaded.
        """
        # Dialled once it can answer: a launcher waits longer for a worker than a server for an answer.
        await self._instances.start()
        try:
            async with dial(url) as socket:
                await self._greet(socket, token, worker_id)
                return await self._until_over(socket)
        finally:
            for task in self._under_way:
                task.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)
            await self._instances.stop()

    async def _until_over(self, socket: ClientConnection) -> str:
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[str] = loop.create_future()
        for number in (signal.SIGTERM, signal.SIGINT):
            with contextlib.suppress(ValueError, NotImplementedError):
                loop.add_signal_handler(number, settle, ended, "ended by a signal")
        reading = asyncio.create_task(self._read(socket))
        lost = self._instances.lost
        try:
            waiting: list[asyncio.Future[Any]] = [reading, ended, lost]
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                return reading.result()
            if ended.done():
                return ended.result()
            await socket.close(1011, _GONE)
            raise RuntimeError(_GONE)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _greet(self, socket: ClientConnection, token: str | None, worker_id: str | None) -> None:
        hello: dict[str, Any] = {
            "id": 1,
            "op": "hello",
            "role": "worker",
            "version": PROTOCOL_VERSION,
            "env_types": [self._environment.env_type],
            "capacity": self._capacity,
            "env_version": self._environment.version,
        }
        hello |= {name: value for name, value in (("token", token), ("worker_id", worker_id)) if value is not None}
        await socket.send(encode(hello))
        message = await socket.recv()
        reply = decode(message if isinstance(message, bytes) else message.encode())
        if "err" in reply:
            error = reply["err"]
            raise error_of(error.get("code", "internal"), error.get("message", ""))
        version = reply.get("ok", {}).get("version")
        if version != PROTOCOL_VERSION:
            raise UnsupportedVersionError(f"the server speaks version {version}, this worker {PROTOCOL_VERSION}")

    async def _read(self, socket: ClientConnection) -> str:
        try:
            async for message in socket:
                value = decode(message if isinstance(message, bytes) else message.encode())
                for frame in requests_of(value):
                    task = asyncio.create_task(self._reply(socket, frame))
                    self._under_way.add(task)
                    task.add_done_callback(self._under_way.discard)
        except ConnectionClosed:
            pass
        return f"the socket was closed ({socket.close_code} {socket.close_reason or ''})".rstrip()

    async def _reply(self, socket: ClientConnection, frame: dict[str, Any]) -> None:
        try:
            answered = await self._answer(frame)
        except StepwellError as error:
            answered = {"err": error.to_wire()}
        except Exception as error:
            answered = failure("engine_error", f"{type(error).__name__}: {error}"[:4096])
        with contextlib.suppress(ConnectionClosed):
            await socket.send(encode({"re": frame["id"], **answered}))
            if self._draining and self._instances.count == 0:
                await socket.close(1000, "drained")

    async def _answer(self, frame: dict[str, Any]) -> Answer:
        op = frame["op"]
        for name, kind in _NEEDS.get(op, {}).items():
            if not isinstance(frame.get(name), kind):
                raise BadRequestError(f"{op}: {name} is missing or no {kind.__name__}")
        if op == "ping":
            return {"ok": {"instances": self._instances.count, "rss_bytes": await self._resident_bytes()}}
        if op == "drain":
            self._draining = True
            return {"ok": {}}
        if op == "release":
            return {"ok": {"released": await self._instances.release(frame["instance_id"])}}
        if op == "create" and self._draining:
            return failure("worker_lost", "the worker drains and takes no more instances")
        match op:
            case "profile":
                return await self._instances.profile()
            case "tasks":
                return await self._instances.tasks(frame)
            case "create" | "step" | "evaluate" | "info":
                return await self._instances.ask(frame)
        raise UnsupportedOpError(f"no op {op[:64]!r}; there are: profile, ping, drain, {', '.join(_NEEDS)}")

    async def _resident_bytes(self) -> int:
        now = asyncio.get_running_loop().time()
        if self._health is None or now - self._health[0] >= HEALTH_S:
            self._health = (now, await asyncio.to_thread(self._instances.resident_bytes))
        return self._health[1]
