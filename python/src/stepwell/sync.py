"""The sync client, for notebooks, scripts and threads: the async one on a loop of its own, in a thread of its own."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from .aio import AsyncClient, AsyncInstance
from .calls import CALL_TIMEOUT_S, Task
from .protocol.errors import StepwellError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Coroutine, Iterable, Mapping, Sequence
    from types import TracebackType

    from .actions import Action
    from .results import Evaluation, Message, Profile, StepResult, TaskRow, Welcome

T = TypeVar("T")


class LoopThread:
    """An event loop in a daemon thread, which runs coroutines for other threads."""

    def __init__(self, name: str) -> None:
        self._pid = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Runs a coroutine there and waits for its result. An interrupt of the caller cancels it."""
        if os.getpid() != self._pid:
            coroutine.close()
            raise RuntimeError("this client was made before a fork, and its thread stayed in the parent: connect anew")
        if threading.current_thread() is self._thread:
            coroutine.close()
            raise RuntimeError("a sync client was called from its own thread: use the async client there")
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def stop(self) -> None:
        """Stops the loop and its thread."""
        if self._loop.is_closed() or os.getpid() != self._pid:
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class Client:
    """A client of one server; any number of threads may use it at once, and their calls share messages.

    Use it as `with stepwell.Client(url) as well:`. Its socket is served in a thread of its own, so a trainer may compute for
    hours between two calls.
    """

    def __init__(
        self,
        url: str = "ws://127.0.0.1:8000",
        *,
        token: str | None = None,
        call_timeout: float = CALL_TIMEOUT_S,
        reconnect: float = 120.0,
        tls: ssl.SSLContext | None = None,
        proxy: str | None = None,
        name: str | None = None,
    ) -> None:
        """Connects. The arguments are those of `stepwell.connect`. Raises StepwellError when refused."""
        self._async = AsyncClient(
            url, token=token, call_timeout=call_timeout, reconnect=reconnect, tls=tls, proxy=proxy, name=name
        )
        self._thread = LoopThread("stepwell")
        self._finalizer = weakref.finalize(self, _stop, self._thread, self._async)
        try:
            self._thread.run(self._async.connect())
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Closes the socket; open calls fail with `cancelled`. May be called twice."""
        self._finalizer()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def welcome(self) -> Welcome:
        """What the server said of itself."""
        return self._async.welcome

    @property
    def url(self) -> str:
        """The address as it was given."""
        return self._async.url

    def env_profile(
        self,
        env_type: str,
        split: str | None = None,
        *,
        where: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> list[str]:
        """The ids of all tasks of a split (the environment's first one by default); `where` is the environment's filter."""
        return self._run(self._async.env_profile(env_type, split, where=where, timeout=timeout))

    def profile(
        self,
        env_type: str,
        split: str | None = None,
        *,
        where: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Profile:
        """What an environment serves here, and the ids of the tasks of a split."""
        return self._run(self._async.profile(env_type, split, where=where, timeout=timeout))

    def tasks(
        self,
        env_type: str,
        split: str | None = None,
        *,
        where: Mapping[str, Any] | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> list[TaskRow]:
        """The task rows of a split, all or the first `limit`."""
        return self._run(self._async.tasks(env_type, split, where=where, limit=limit, timeout=timeout))

    def create(
        self,
        env_type: str,
        task_id: str | int,
        *,
        params: Mapping[str, Any] | None = None,
        seed: int | None = None,
        labels: Mapping[str, str] | None = None,
        expect: Mapping[str, Any] | None = None,
        instance_id: str | None = None,
        timeout: float | None = None,
    ) -> Instance:
        """Creates one instance of a task; the arguments are those of `AsyncClient.create`."""
        created = self._async.create(
            env_type,
            task_id,
            params=params,
            seed=seed,
            labels=labels,
            expect=expect,
            instance_id=instance_id,
            timeout=timeout,
        )
        return Instance(self, self._run(created))

    def group(
        self,
        env_type: str,
        task_id: str | int,
        n: int,
        *,
        params: Mapping[str, Any] | None = None,
        seed: int | None = None,
        labels: Mapping[str, str] | None = None,
        expect: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> list[Instance]:
        """Creates `n` instances of a task, all or none: the group of a GRPO step."""
        created = self._async.group(
            env_type, task_id, n, params=params, seed=seed, labels=labels, expect=expect, timeout=timeout
        )
        return [Instance(self, item) for item in self._run(created)]

    def create_many(
        self,
        env_type: str,
        tasks: Iterable[Task],
        *,
        params: Mapping[str, Any] | None = None,
        seed: int | None = None,
        labels: Mapping[str, str] | None = None,
        expect: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> list[Instance | StepwellError]:
        """Creates many instances in one message, in order; an item that failed is its exception."""
        created = self._async.create_many(
            env_type, tasks, params=params, seed=seed, labels=labels, expect=expect, timeout=timeout
        )
        return [item if isinstance(item, StepwellError) else Instance(self, item) for item in self._run(created)]

    def step_many(
        self, instances: Iterable[Instance | str], actions: Iterable[Action], *, timeout: float | None = None
    ) -> list[StepResult | StepwellError]:
        """Steps many instances in one message, one action each, in order; an item that failed is its exception."""
        return self._run(self._async.step_many(map(_id, instances), actions, timeout=timeout))

    def evaluate_many(
        self, instances: Iterable[Instance | str], *, timeout: float | None = None
    ) -> list[Evaluation | StepwellError]:
        """Scores many instances in one message, in order; an item that failed is its exception."""
        return self._run(self._async.evaluate_many(map(_id, instances), timeout=timeout))

    def release_many(self, instances: Iterable[Instance | str], *, timeout: float | None = None) -> list[bool | StepwellError]:
        """Lets many instances go in one message; False for one that was gone already."""
        return self._run(self._async.release_many(map(_id, instances), timeout=timeout))

    def cancel(
        self,
        instance_ids: Sequence[str] | None = None,
        *,
        labels: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> list[str]:
        """Lets instances go at once, those named and those that carry every one of `labels`; the ids of those that went."""
        return self._run(self._async.cancel(instance_ids, labels=labels, timeout=timeout))

    def ping(self, *, timeout: float | None = None) -> None:
        """Whether the server is there."""
        self._run(self._async.ping(timeout=timeout))

    def instance(self, instance_id: str, env_type: str = "", task_id: str = "") -> Instance:
        """A handle of an instance that somebody else created."""
        return Instance(self, self._async.instance(instance_id, env_type, task_id))

    def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        if not self._finalizer.alive:
            coroutine.close()
            raise RuntimeError("the client was closed")
        return self._thread.run(coroutine)


class Instance:
    """A live instance as its caller holds it; leaving `with` lets it go."""

    __slots__ = ("_client", "_held")

    def __init__(self, client: Client, held: AsyncInstance) -> None:
        self._client = client
        self._held = held

    @property
    def id(self) -> str:
        """The instance's id."""
        return self._held.id

    @property
    def env_type(self) -> str:
        """The environment."""
        return self._held.env_type

    @property
    def task_id(self) -> str:
        """The task."""
        return self._held.task_id

    @property
    def state(self) -> list[Message]:
        """The first messages of the episode."""
        return self._held.state

    @property
    def info(self) -> dict[str, Any]:
        """What the instance is: tools, seed, provenance, and fields of the environment."""
        return self._held.info

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The tools as OpenAI describes them."""
        return self._held.tools

    def step(self, action: Action, *, at: int | None = None, timeout: float | None = None) -> StepResult:
        """One action in, one observation out; `at` is the number of steps that you believe were done."""
        return self._client._run(self._held.step(action, at=at, timeout=timeout))

    @overload
    def evaluate(self, sparse: Literal[False] = False, *, timeout: float | None = None) -> Evaluation: ...
    @overload
    def evaluate(self, sparse: Literal[True], *, timeout: float | None = None) -> float | None: ...
    def evaluate(self, sparse: bool = False, *, timeout: float | None = None) -> Evaluation | float | None:
        """The score so far; changes nothing. With `sparse` the official score alone, None when we failed: mask the sample."""
        score = self._client._run(self._held.evaluate(timeout=timeout))
        return score.sparse if sparse else score

    def finish(self, *, timeout: float | None = None) -> Evaluation:
        """Ends the episode where it stands, and scores it."""
        return self._client._run(self._held.finish(timeout=timeout))

    def inspect(self, query: Mapping[str, Any] | None = None, *, timeout: float | None = None) -> dict[str, Any]:
        """What the environment says of the instance."""
        return self._client._run(self._held.inspect(query, timeout=timeout))

    def release(self, *, timeout: float | None = None) -> bool:
        """Lets the instance go; False when it was gone already."""
        return self._client._run(self._held.release(timeout=timeout))

    def __enter__(self) -> Instance:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()

    def __repr__(self) -> str:
        return repr(self._held)


def _id(instance: Instance | str) -> str:
    return instance if isinstance(instance, str) else instance.id


def _stop(thread: LoopThread, client: AsyncClient) -> None:
    """Closes a client and its thread; also at exit, for one that was never closed."""
    try:
        thread.run(client.close())
    except RuntimeError:
        # In the child of a fork there is nothing to stop.
        return
    thread.stop()
