"""An environment whose actions are Python code, for the deadlines and deaths of its processes."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

from stepwell.worker import Environment, Message, Score, Step, Task

if TYPE_CHECKING:
    import socket


class Alone(Environment):
    """The action runs in the instance's own process."""

    env_type = "alone"
    done = 0

    @classmethod
    def tasks(cls, split: str, query: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"task_id": "t"}]

    def create(self, task: Task) -> list[Message]:
        return [{"role": "user", "content": f"pid {os.getpid()}"}]

    def step(self, action: Message) -> Step:
        match action["content"]:
            case "loop":
                while True:
                    time.sleep(1)
            case "exit":
                os._exit(3)
            case "raise":
                raise ZeroDivisionError("as it was told to")
        self.done += 1
        return Step([{"role": "user", "content": f"done {self.done}"}])

    def evaluate(self) -> Score:
        return Score(self.done / 10, False)


class Paired(Alone):
    """The action runs in the companion; the instance keeps the score."""

    env_type = "paired"
    has_companion = True
    secret = ""

    @classmethod
    def load(cls) -> None:
        cls.secret = "42"  # noqa: S105

    @classmethod
    def run_companion(cls, connection: socket.socket) -> None:
        while told := connection.recv(100):
            match told.decode():
                case "loop":
                    signal.pause()
                case "exit":
                    os._exit(3)
                case "look":
                    connection.sendall(f"secret {cls.secret!r} descriptors {len(os.listdir('/proc/self/fd'))}".encode())
                case _:
                    connection.sendall(b"fine")

    def step(self, action: Message) -> Step:
        assert self.companion
        said = b""
        try:
            self.companion.sendall(action["content"].encode())
            said = self.companion.recv(1000)
        except OSError:
            pass
        if not said:
            score = self.evaluate()
            return Step([], score.reward, "action_crash", reward_parts={"sparse": score.reward})
        self.done += 1
        return Step([{"role": "user", "content": said.decode()}])


class Broken(Alone):
    """Its data are missing."""

    @classmethod
    def load(cls) -> None:
        raise FileNotFoundError("no data here: run stepwell pull")
