"""What the launcher suite hosts besides the example: a `guess` that throws when it is told to, and one without its data."""

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "python-environment"))

from guess import Guess  # noqa: E402


class WithChild(Guess):
    """The suite looks whether what a worker started ends with it."""

    @classmethod
    def prepare(cls) -> None:
        subprocess.Popen(["sleep", "600"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603, S607


class Throwing(Guess):
    def step(self, action):
        if action["content"] == "throw":
            raise RuntimeError("as it was told to")
        return super().step(action)


class Broken(Guess):
    @classmethod
    def load(cls) -> None:
        raise FileNotFoundError("there are no data")
