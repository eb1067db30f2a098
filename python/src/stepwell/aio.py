"""The async client: one event loop, one session, thousands of instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from msgspec import Raw

from . import calls
from .calls import CALL_TIMEOUT_S, Task
from .core import Core
from .link import Address, Link
from .protocol.errors import StepwellError
from .results import Created, read_info

if TYPE_CHECKING:
    import ssl
    from collections.abc import Generator, Iterable, Mapping, Sequence
    from types import TracebackType

    from .actions import Action
    from .core import Batch
    from .results import Evaluation, Message, Profile, StepResult, TaskRow, Welcome

T = TypeVar("T")

MOST_ROWS = 10_000
"""Rows of one page of a task list."""


class AsyncClient:
    """A client of one server. Use it as `async with stepwell.connect(url) as well:`, or `well = await stepwell.connect(url)`.

    A socket that is cut is resumed by itself: every request runs once, its caller sees a call that took longer. After
    SessionLostError (the server was restarted) the client goes on with a new session. It belongs to the event loop in which
    it was connected; after a fork connect anew.
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
        """Takes an address: `ws://HOST:PORT`, `wss://...`, `http://...` or `unix:/PATH`. Entering or awaiting it connects.

        `call_timeout`: seconds for one call, reconnects included; each call can say its own. `reconnect`: seconds to go on
        trying to reach a server that was lost. `tls`: a context with your certificates, for `wss://`. `name`: for the
        server's log.
        """
        self.url = url
        self._address = Address.of(url)
        self._token = token
        self._call_timeout = call_timeout
        self._reconnect = reconnect
        self._tls = tls
        self._proxy = proxy
        self._name = name
        self._link: Link | None = None

    async def connect(self) -> AsyncClient:
        """Connects. Raises the StepwellError with which the server refused, WorkerLostError when nobody listens."""
        if self._link is None:
            core = Core(url=self.url, token=self._token, client=self._name, reconnect=self._reconnect)
            self._link = Link(core, self._address, self._tls, self._proxy)
            try:
                await self._link.ready()
            except BaseException:
                await self.close()
                raise
        return self

    def __await__(self) -> Generator[Any, None, AsyncClient]:
        return self.connect().__await__()

    async def __aenter__(self) -> AsyncClient:
        return await self.connect()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the socket; open calls fail with `cancelled`. Instances stay until they idle out: release them first."""
        link, self._link = self._link, None
        if link is not None:
            await link.close()

    @property
    def welcome(self) -> Welcome:
        """What the server said of itself: environments and what is unavailable, limits, version."""
        welcome = None if self._link is None else self._link.core.welcome
        if welcome is None:
            raise RuntimeError("the client is not connected: use `async with` or `await stepwell.connect(...)`")
        return welcome

    async def env_profile(
        self,
        env_type: str,
        split: str | None = None,
        *,
        where: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> list[str]:
        """The ids of all tasks of a split (the environment's first one by default); `where` is the environment's filter."""
        return (await self.profile(env_type, split, where=where, timeout=timeout)).task_ids

    async def profile(
        self,
        env_type: str,
        split: str | None = None,
        *,
        where: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> Profile:
        """What an environment serves here: its splits, what is unavailable and why, and the ids of the tasks of a split."""
        return await self._one(calls.env_profile(env_type, split, where, self._within(timeout)))

    async def tasks(
        self,
        env_type: str,
        split: str | None = None,
        *,
        where: Mapping[str, Any] | None = None,
        limit: int | None = None,
        timeout: float | None = None,
    ) -> list[TaskRow]:
        """The task rows of a split, all or the first `limit`."""
        rows: list[TaskRow] = []
        cursor: str | None = None
        while limit is None or len(rows) < limit:
            most = MOST_ROWS if limit is None else min(MOST_ROWS, limit - len(rows))
            page = await self._one(calls.tasks(env_type, split, where, most, cursor, self._within(timeout)))
            rows += page.tasks
            cursor = page.next_cursor
            if cursor is None:
                break
        return rows

    async def create(
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
    ) -> AsyncInstance:
        """Creates one instance of a task.

        `params` are the environment's, and `max_steps` and `idle_timeout_s` of any; `expect` names fields of the provenance
        that you rely on: on another one it raises ExpectationFailedError.
        """
        options = {"params": params, "seed": seed, "labels": labels, "expect": expect, "instance_id": instance_id}
        created = await self._one(calls.create(env_type, [task_id], options, self._within(timeout)))
        return AsyncInstance(self, env_type, created)

    async def group(
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
    ) -> list[AsyncInstance]:
        """Creates `n` instances of a task, all or none: the group of a GRPO step."""
        options = {"params": params, "seed": seed, "labels": labels, "expect": expect}
        created = await self._one(calls.group(env_type, task_id, n, options, self._within(timeout)))
        return [AsyncInstance(self, env_type, item) for item in created.items]

    async def create_many(
        self,
        env_type: str,
        tasks: Iterable[Task],
        *,
        params: Mapping[str, Any] | None = None,
        seed: int | None = None,
        labels: Mapping[str, str] | None = None,
        expect: Mapping[str, Any] | None = None,
        timeout: float | None = None,
    ) -> list[AsyncInstance | StepwellError]:
        """Creates many instances in one message, in order; an item that failed is its exception.

        A task is an id, or a dict of fields of its own: `{"task_id": ..., "seed": 7}`.
        """
        options = {"params": params, "seed": seed, "labels": labels, "expect": expect}
        results = await self._settle(calls.create(env_type, tasks, options, self._within(timeout)))
        return [item if isinstance(item, StepwellError) else AsyncInstance(self, env_type, item) for item in results]

    async def step_many(
        self,
        instances: Iterable[AsyncInstance | str],
        actions: Iterable[Action],
        *,
        timeout: float | None = None,
    ) -> list[StepResult | StepwellError]:
        """Steps many instances in one message, one action each, in order; an item that failed is its exception."""
        items = [(_id(instance), action, None) for instance, action in zip(instances, actions, strict=True)]
        return await self._settle(calls.step(items, self._within(timeout)))

    async def evaluate_many(
        self,
        instances: Iterable[AsyncInstance | str],
        *,
        timeout: float | None = None,
    ) -> list[Evaluation | StepwellError]:
        """Scores many instances in one message, in order; an item that failed is its exception."""
        return await self._settle(calls.evaluate(map(_id, instances), self._within(timeout)))

    async def release_many(
        self,
        instances: Iterable[AsyncInstance | str],
        *,
        timeout: float | None = None,
    ) -> list[bool | StepwellError]:
        """Lets many instances go in one message; False for one that was gone already."""
        results = await self._settle(calls.release(map(_id, instances), self._within(timeout)))
        return [item if isinstance(item, StepwellError) else item.released for item in results]

    async def cancel(
        self,
        instance_ids: Sequence[str] | None = None,
        *,
        labels: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> list[str]:
        """Lets instances go at once, those named and those that carry every one of `labels`; the ids of those that went."""
        return (await self._one(calls.cancel(instance_ids, labels, self._within(timeout)))).cancelled

    async def ping(self, *, timeout: float | None = None) -> None:
        """Whether the server is there."""
        await self._one(calls.ping(self._within(timeout)))

    def instance(self, instance_id: str, env_type: str = "", task_id: str = "") -> AsyncInstance:
        """A handle of an instance that somebody else created."""
        return AsyncInstance(self, env_type, Created.of([], {"instance_id": instance_id, "task_id": task_id}))

    def _within(self, timeout: float | None) -> float:
        return self._call_timeout if timeout is None else timeout

    async def _settle(self, batch: Batch[T]) -> list[T | StepwellError]:
        if self._link is None:
            raise RuntimeError("the client is not connected: use `async with` or `await stepwell.connect(...)`")
        await self._link.send(batch)
        return batch.results

    async def _one(self, batch: Batch[T]) -> T:
        result = (await self._settle(batch))[0]
        if isinstance(result, StepwellError):
            raise result
        return result


class AsyncInstance:
    """A live instance as its caller holds it; leaving `async with` lets it go."""

    __slots__ = ("_client", "_info", "env_type", "id", "state", "task_id")

    def __init__(self, client: AsyncClient, env_type: str, created: Created) -> None:
        self._client = client
        self.env_type = env_type
        named = created.named()
        self.id = named.instance_id
        self.task_id = named.task_id
        self.state: list[Message] = created.state
        """The first messages of the episode."""
        # A copy: what it was cut from is a message of hundreds of instances.
        self._info: dict[str, Any] | Raw = created.info.copy()

    @property
    def info(self) -> dict[str, Any]:
        """What the instance is: tools, seed, provenance, and fields of the environment."""
        if isinstance(self._info, Raw):
            self._info = read_info(self._info)
        return self._info

    @property
    def tools(self) -> list[dict[str, Any]]:
        """The tools as OpenAI describes them."""
        return list(self.info.get("tools", ()))

    async def step(
        self,
        action: Action,
        *,
        at: int | None = None,
        timeout: float | None = None,
    ) -> StepResult:
        """One action in, one observation out.

        `at` is the number of steps that you believe were done: on another one nothing runs (StaleStepError), so that a step
        may be repeated without fear of doing it twice.
        """
        client = self._client
        return await client._one(calls.step([(self.id, action, at)], client._within(timeout)))

    @overload
    async def evaluate(self, sparse: Literal[False] = False, *, timeout: float | None = None) -> Evaluation: ...
    @overload
    async def evaluate(self, sparse: Literal[True], *, timeout: float | None = None) -> float | None: ...
    async def evaluate(
        self,
        sparse: bool = False,
        *,
        timeout: float | None = None,
    ) -> Evaluation | float | None:
        """The score so far; changes nothing. With `sparse` the official score alone, None when we failed: mask the sample."""
        client = self._client
        score = await client._one(calls.evaluate([self.id], client._within(timeout)))
        return score.sparse if sparse else score

    async def finish(self, *, timeout: float | None = None) -> Evaluation:
        """Ends the episode where it stands, and scores it."""
        client = self._client
        return await client._one(calls.finish([self.id], client._within(timeout)))

    async def inspect(
        self,
        query: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
    ) -> dict[str, Any]:
        """What the environment says of the instance; `steps` is the number to give as `at`."""
        client = self._client
        return await client._one(calls.info(self.id, query, client._within(timeout)))

    async def release(self, *, timeout: float | None = None) -> bool:
        """Lets the instance go; False when it was gone already."""
        client = self._client
        return (await client._one(calls.release([self.id], client._within(timeout)))).released

    async def __aenter__(self) -> AsyncInstance:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.release()

    def __repr__(self) -> str:
        return f"<instance {self.id} of {self.env_type} {self.task_id}>"


def _id(instance: AsyncInstance | str) -> str:
    return instance if isinstance(instance, str) else instance.id


connect = AsyncClient
