"""Where a worker's instances live: the contract, and the simplest one, in the worker's own process."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any, Protocol

from .environment import profile_of
from .episode import Answer, Episode, answer, failure
from .processes import resident_bytes

if TYPE_CHECKING:
    from .environment import Environment


class Instances(Protocol):
    """What the worker's connection asks. Answers are frames without their number; none of these raises."""

    async def start(self) -> None:
        """Prepares and loads the environment. Raises RuntimeError with what is wrong."""

    async def profile(self) -> Answer:
        """Answers `profile`."""

    async def tasks(self, request: dict[str, Any]) -> Answer:
        """Answers `tasks`."""

    async def ask(self, request: dict[str, Any]) -> Answer:
        """Answers `create`, `step`, `evaluate`, `info`."""

    async def release(self, instance_id: str) -> bool:
        """Frees an instance whatever it is doing; False for one that is not there."""

    @property
    def lost(self) -> asyncio.Future[None]:
        """Settles when no instance can be made any more."""

    @property
    def count(self) -> int:
        """Instances that are held."""

    def resident_bytes(self) -> int:
        """Memory of the worker and everything that it started."""

    async def stop(self) -> None:
        """Ends everything that was started."""


def unknown(instance_id: str) -> Answer:
    """The answer about an instance that is not there: the server rebuilds it from its log."""
    return failure("worker_lost", f"the worker has no instance {instance_id}")


class LocalInstances:
    """Instances in the worker's own process: for an engine that bounds its own work, as no deadline can stop it."""

    def __init__(self, environment: type[Environment]) -> None:
        self._environment = environment
        self._episodes: dict[str, Episode] = {}

    async def start(self) -> None:
        """Prepares and loads the environment."""
        try:
            self._environment.prepare()
            self._environment.load()
        except Exception as error:
            raise RuntimeError(f"{type(error).__name__}: {error}") from error

    async def profile(self) -> Answer:
        """Answers `profile`."""
        return {"ok": profile_of(self._environment)}

    async def tasks(self, request: dict[str, Any]) -> Answer:
        """Answers `tasks`."""
        return answer(self._environment, request)

    async def ask(self, request: dict[str, Any]) -> Answer:
        """Answers at once: an episode that failed is gone."""
        instance_id = request["instance_id"]
        if request["op"] == "create":
            if instance_id in self._episodes:
                return failure("create_failed", f"the worker holds an instance {instance_id}")
            episode = Episode(self._environment)
        elif (known := self._episodes.get(instance_id)) is not None:
            episode = known
        else:
            return unknown(instance_id)
        answered = episode.answer(request)
        if request["op"] == "create" and "ok" in answered:
            self._episodes[instance_id] = episode
        elif "failure" in answered:
            self._episodes.pop(instance_id, None)
        return answered

    async def release(self, instance_id: str) -> bool:
        """Closes the episode."""
        episode = self._episodes.pop(instance_id, None)
        if episode is not None:
            episode.close()
        return episode is not None

    @property
    def lost(self) -> asyncio.Future[None]:
        """Never settles: there is no other process to lose."""
        return asyncio.get_running_loop().create_future()

    @property
    def count(self) -> int:
        """Instances that are held."""
        return len(self._episodes)

    def resident_bytes(self) -> int:
        """Memory of this process."""
        return resident_bytes([os.getpid()])

    async def stop(self) -> None:
        """Closes every episode."""
        for instance_id in list(self._episodes):
            await self.release(instance_id)
