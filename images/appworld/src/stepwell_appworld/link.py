"""The API process's end of the socket to its executor: runs code there, and serves the calls that it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import frames
from .frames import PeerGoneError

if TYPE_CHECKING:
    import socket
    from datetime import datetime

    from .world import World


class ExecutorLink:
    """What the executor sends is hostile: a frame that is not due ends it."""

    def __init__(self, connection: socket.socket, world: World) -> None:
        self._connection = connection
        self._world = world
        self._runs = 0

    def start(self, now: datetime, seed: int) -> None:
        """Sets the executor's clock and random numbers."""
        frames.send(self._connection, {"now": now.isoformat(), "seed": seed})

    def run(self, code: str, timeout_s: int, most: int) -> str:
        """What the code printed, at most so many characters. Raises PeerGoneError when the executor ended or cheats."""
        if not frames.is_quiet(self._connection):
            raise PeerGoneError("the executor spoke when nothing ran, or is gone")
        self._runs += 1
        self._world.begin()
        frames.send(self._connection, {"run": code, "n": self._runs, "timeout_s": timeout_s, "most": most})
        while True:
            frame = frames.receive(self._connection)
            if not isinstance(frame, dict):
                raise PeerGoneError("a frame that is no object")
            if "done" in frame:
                return self._ended(frame, most)
            frames.send(self._connection, self._world.call(frame))

    def _ended(self, frame: dict[str, Any], most: int) -> str:
        said = frame["done"]
        # A little more than `most`: the note that says how much was left out.
        if frame.get("n") != self._runs or not isinstance(said, str) or len(said) > most + 200:
            raise PeerGoneError("the executor ended a run that was not its own")
        return said
