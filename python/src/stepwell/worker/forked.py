"""Instances that are forked from a zygote, each killed by the deadline of what it does.

- One that runs alone and whose action is overdue, or that dies in a step, ends as `action_crash` and scores 0.
- Of one with a companion the companion is killed; the instance sees that and tells the true score itself.
- One that is dead outside of a step is `worker_lost` at the next request: the server rebuilds it from its log.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import signal
import socket
import sys
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from .channel import HEAD, MOST_BYTES, pack, unpack
from .episode import Answer, failure
from .instances import unknown
from .processes import resident_bytes
from .zygote_link import ZygoteLink, control_pair, settle

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Mapping, Sequence

GRACE_S = 20.0
"""Seconds that an instance has, once its companion was killed, to tell the score."""
DEFAULT_TIMEOUT_S = 60.0

_CRASH_STEP = {
    "state": [],
    "reward": 0.0,
    "end_reason": "action_crash",
    "action": {"valid": True, "format": None, "parse_errors": []},
    "reward_parts": {"sparse": 0.0},
}
_CRASH_SCORE = {"reward": 0.0, "success": False, "verdict": {"crashed": True}, "reward_parts": {"sparse": 0.0}}


class _Instance:
    """The supervisor's side of one forked instance."""

    def __init__(self, key: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.key = key
        self.turn = asyncio.Lock()
        self.is_in_step = False
        self.is_over = False
        self.crashed = False
        self.lost: str | None = None
        self._reader = reader
        self._writer = writer

    async def ask(self, request: dict[str, Any]) -> Answer:
        """Sends a request and reads its answer. Raises EOFError when the child is gone."""
        try:
            self._writer.write(pack(request))
            await self._writer.drain()
            (length,) = HEAD.unpack(await self._reader.readexactly(HEAD.size))
            if length > MOST_BYTES:
                raise EOFError(f"a frame of {length} bytes")
            answered: Answer = unpack(await self._reader.readexactly(length))
            return answered
        except (OSError, asyncio.IncompleteReadError) as error:
            raise EOFError("the instance's process is gone") from error

    @property
    def is_gone(self) -> bool:
        """Whether the child has closed its end: the kernel knows before the zygote has told of a death."""
        descriptor = self._writer.get_extra_info("socket").fileno()
        if descriptor < 0:
            return True
        poll = select.poll()
        poll.register(descriptor, select.POLLRDHUP)
        return bool(poll.poll(0))

    def close(self) -> None:
        """Closes the socket to the child."""
        self._writer.close()


_ALWAYS = ("PATH", "HOME", "LANG", "LC_*", "TMPDIR", "PYTHON*", "VIRTUAL_ENV", "LD_LIBRARY_PATH")


def inherited(variables: Mapping[str, str], names: Sequence[str] | None) -> dict[str, str]:
    """The variables that processes of instances have; None means all."""
    if names is None:
        return dict(variables)
    patterns = (*_ALWAYS, *names)
    return {name: value for name, value in variables.items() if any(fnmatchcase(name, pattern) for pattern in patterns)}


class ForkedInstances:
    """`spec` is MODULE:CLASS; its processes run this Python with a fixed hash seed."""

    def __init__(self, spec: str, inherits_environ: Sequence[str] | None = None) -> None:
        self._spec = spec
        self._inherits_environ = inherits_environ
        self._process: Process | None = None
        self._outer: ZygoteLink | None = None
        self._inner: ZygoteLink | None = None
        self._has_companion = False
        self._instances: dict[str, _Instance] = {}
        self._pids: dict[int, str] = {}
        self._profile: dict[str, Any] = {}
        self._last_scratch = 0

    async def start(self) -> None:
        """Starts the zygote and has it loaded. Raises RuntimeError with what is wrong."""
        loop = asyncio.get_running_loop()
        self._prepared: asyncio.Future[dict[str, Any]] = loop.create_future()
        self._loaded: asyncio.Future[dict[str, Any]] = loop.create_future()
        ours, theirs = control_pair()
        with theirs:
            environment = {**inherited(os.environ, self._inherits_environ), "PYTHONHASHSEED": "0"}
            self._process = await asyncio.create_subprocess_exec(
                *[sys.executable, "-m", "stepwell.worker.zygote", self._spec],
                *[str(theirs.fileno()), str(os.getpid())],
                pass_fds=[theirs.fileno()],
                stdin=asyncio.subprocess.DEVNULL,
                env=environment,
            )
        self._outer = ZygoteLink(ours, self._told)
        prepared = await self._or_lost(self._prepared, self._outer)
        self._has_companion = bool(prepared["has_companion"])
        if self._has_companion:
            ours, theirs = control_pair()
            with theirs:
                await self._outer.order({"op": "load"}, [theirs])
            self._inner = ZygoteLink(ours, self._told)
        else:
            await self._outer.order({"op": "load"})
            self._inner = self._outer
        self._profile = (await self._or_lost(self._loaded, self._inner))["loaded"]

    @property
    def lost(self) -> asyncio.Future[None]:
        """Settles when a zygote is gone."""
        assert self._outer is not None and self._inner is not None  # noqa: S101, PT018
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        for link in (self._outer, self._inner):
            link.lost.add_done_callback(lambda _: settle(done, None))
        return done

    async def profile(self) -> Answer:
        """Answers `profile`."""
        return {"ok": self._profile}

    async def tasks(self, request: dict[str, Any]) -> Answer:
        """Lists tasks in a child of its own, so that a long list keeps no fork waiting."""
        self._last_scratch += 1
        key = f":{self._last_scratch}"
        try:
            child = await self._fork(key, with_companion=False)
            return await asyncio.wait_for(child.ask(request), DEFAULT_TIMEOUT_S)
        except (EOFError, OSError, asyncio.TimeoutError) as error:
            return failure("engine_error", f"the list of tasks was not made: {error or type(error).__name__}")
        finally:
            await self._drop(key)

    async def ask(self, request: dict[str, Any]) -> Answer:
        """Answers `create`, `step`, `evaluate`, `info`, each within its `timeout_s`."""
        key, op = request["instance_id"], request["op"]
        timeout_s = float(request.get("timeout_s") or DEFAULT_TIMEOUT_S)
        if op == "create":
            return await self._create(key, request, timeout_s)
        instance = self._instances.get(key)
        if instance is None:
            return unknown(key)
        async with instance.turn:
            if instance.crashed:
                return {"ok": _CRASH_SCORE} if op == "evaluate" else {"ok": {}} if op == "info" else {"ok": _CRASH_STEP}
            if instance.lost is None and instance.is_gone:
                # Asked for a step now, its death would look as if the action had caused it.
                instance.lost = "the process of the instance ended"
            if instance.lost is not None:
                await self._drop(key)
                return failure("worker_lost", instance.lost)
            if op == "step":
                return await self._step(instance, request, timeout_s)
            try:
                answered = await asyncio.wait_for(instance.ask(request), timeout_s)
            except EOFError as error:
                answered = failure("worker_lost", str(error))
            except asyncio.TimeoutError:
                answered = failure("worker_timeout", f"{op} took longer than {timeout_s} s")
            if "failure" in answered:
                await self._drop(key)
            return answered

    async def release(self, instance_id: str) -> bool:
        """Kills the processes of an instance, whatever they are doing."""
        return await self._drop(instance_id)

    @property
    def count(self) -> int:
        """Instances that are held."""
        return sum(not key.startswith(":") for key in self._instances)

    def resident_bytes(self) -> int:
        """Memory of this process, the zygotes and all instances."""
        zygote = [self._process.pid] if self._process else []
        return resident_bytes([os.getpid(), *zygote, *self._pids])

    async def stop(self) -> None:
        """Ends the zygotes, and with them every instance."""
        for instance in self._instances.values():
            instance.close()
        self._instances.clear()
        for link in (self._inner, self._outer):
            if link is not None:
                link.close()
        if self._process is not None:
            try:
                await asyncio.wait_for(self._process.wait(), 5)
            except asyncio.TimeoutError:
                self._process.kill()
                await self._process.wait()

    async def _create(self, key: str, request: dict[str, Any], timeout_s: float) -> Answer:
        if key in self._instances:
            return failure("create_failed", f"the worker holds an instance {key}")
        try:
            instance = await self._fork(key, with_companion=self._has_companion)
            async with instance.turn:
                answered = await asyncio.wait_for(instance.ask(request), timeout_s)
        except (EOFError, OSError) as error:
            answered = failure("create_failed", f"the instance was not created: {error}")
        except asyncio.TimeoutError:
            answered = failure("create_failed", f"the instance was not created within {timeout_s} s")
        if "ok" not in answered:
            await self._drop(key)
        return answered

    async def _step(self, instance: _Instance, request: dict[str, Any], timeout_s: float) -> Answer:
        instance.is_in_step = True
        asked = asyncio.ensure_future(instance.ask(request))
        try:
            done, _ = await asyncio.wait([asked], timeout=timeout_s)
            if not done and self._has_companion:
                await self._kill(f"{instance.key}/companion")
                done, _ = await asyncio.wait([asked], timeout=GRACE_S)
            if done:
                answered = asked.result()
                instance.is_over = bool(answered.get("ok", {}).get("end_reason"))
                if instance.is_over and self._has_companion:
                    # No action comes any more: what it holds is free from here.
                    await self._kill(f"{instance.key}/companion")
                if "failure" in answered:
                    await self._drop(instance.key)
                return answered
            # Neither the deadline of the action nor that of the score could be held: its processes end here.
            await self._end(instance.key)
        except EOFError as error:
            if self._has_companion:
                # What the model does runs in the companion, so this was not the model.
                await self._drop(instance.key)
                return failure("worker_lost", str(error))
        except ConnectionError as error:
            return failure("worker_lost", str(error))
        finally:
            instance.is_in_step = False
            if not asked.done():
                asked.cancel()
            with contextlib.suppress(BaseException):
                await asked
        instance.crashed = True
        return {"ok": _CRASH_STEP}

    async def _fork(self, key: str, *, with_companion: bool) -> _Instance:
        assert self._inner is not None and self._outer is not None  # noqa: S101, PT018
        ours, theirs = socket.socketpair()
        handed = [theirs]
        try:
            if with_companion:
                mine, companions = socket.socketpair()
                with companions:
                    handed.append(mine)
                    order = {"op": "fork", "key": f"{key}/companion", "role": "companion"}
                    await self._outer.order(order, [companions])
            await self._inner.order({"op": "fork", "key": key, "role": "instance"}, handed)
        except OSError:
            ours.close()
            raise
        finally:
            for end in handed:
                end.close()
        reader, writer = await asyncio.open_connection(sock=ours, limit=1 << 20)
        self._instances[key] = instance = _Instance(key, reader, writer)
        return instance

    async def _drop(self, key: str) -> bool:
        instance = self._instances.pop(key, None)
        if instance is None:
            return False
        await self._end(key)
        instance.close()
        return True

    async def _end(self, key: str) -> None:
        await self._kill(key)
        if self._has_companion:
            await self._kill(f"{key}/companion")

    async def _kill(self, key: str) -> None:
        link = self._outer if key.endswith("/companion") else self._inner
        if link is not None:
            with contextlib.suppress(OSError):
                await link.order({"op": "kill", "key": key})

    def _told(self, message: dict[str, Any]) -> None:
        if "failed" in message:
            # What it was doing, the one or the other.
            waiting = self._loaded if self._prepared.done() else self._prepared
            if not waiting.done():
                waiting.set_exception(RuntimeError(message["failed"]))
        elif "prepared" in message:
            settle(self._prepared, message)
        elif "loaded" in message:
            settle(self._loaded, message)
        elif "forked" in message:
            self._pids[message["pid"]] = message["forked"]
        elif "exited" in message:
            self._pids.pop(message["pid"], None)
            self._mark_lost(message["exited"], message["status"])

    def _mark_lost(self, key: str, status: int) -> None:
        """A process of an instance ended.

        In a step that step tells of it. A companion that ended by itself between two (by anything but SIGKILL, which
        its sandbox cannot raise) is the model's doing, which the next step tells; one of an episode that is over is no
        longer needed.
        """
        owner = key.removesuffix("/companion")
        instance = self._instances.get(owner)
        if instance is None or instance.is_in_step or instance.crashed:
            return
        if key == owner or (status == -signal.SIGKILL and not instance.is_over):
            instance.lost = f"a process of the instance ended ({status})"

    async def _or_lost(self, waiting: asyncio.Future[dict[str, Any]], link: ZygoteLink) -> dict[str, Any]:
        either: list[asyncio.Future[Any]] = [waiting, link.lost]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            return waiting.result()
        waiting.cancel()
        raise RuntimeError("the process that imports the environment ended; its reason is above")
