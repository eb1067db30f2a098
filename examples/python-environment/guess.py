"""Guess a number, as an environment in Python. `stepwell-worker guess:Guess` serves it to a Stepwell server."""

import re

from stepwell.worker import BadParamsError, Environment, Message, Score, Step, Task, UnknownSplitError, UnknownTaskError


class Guess(Environment):
    env_type = "guess"
    splits = ("train", "test")

    @classmethod
    def tasks(cls, split: str, query: dict) -> list[dict]:
        if split not in cls.splits:
            raise UnknownSplitError(f"guess has the splits train and test, not {split!r}")
        return [{"task_id": f"guess_{n}"} for n in range(1 if split == "train" else 2, 101, 2)]

    def create(self, task: Task) -> list[Message]:
        found = re.fullmatch(r"guess_(\d+)", task.task_id)
        if not found or not 1 <= int(found[1]) <= 100:
            raise UnknownTaskError(f"no task {task.task_id!r}")
        self.secret, self.tries, self.solved = int(found[1]), task.params.get("tries", 7), False
        if not isinstance(self.tries, int):
            raise BadParamsError("tries is a whole number")
        return [{"role": "user", "content": f"Guess my number from 1 to 100. You have {self.tries} tries."}]

    def step(self, action: Message) -> Step:
        said, self.tries = re.search(r"\d+", action.get("content") or ""), self.tries - 1
        self.solved = said is not None and int(said[0]) == self.secret
        text = "Say a number." if not said else "Right." if self.solved else "Higher." if int(said[0]) < self.secret else "Lower."
        over = "completed" if self.solved else "gave_up" if self.tries <= 0 else None
        return Step([{"role": "user", "content": text}], float(self.solved), over, valid=said is not None)

    def evaluate(self) -> Score:
        return Score(float(self.solved), self.solved)

    def snapshot(self, query: dict) -> dict:
        return {"tries_left": self.tries}
