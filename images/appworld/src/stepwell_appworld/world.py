"""The API process of an instance: databases, official APIs, evaluation. It never runs a model's code."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import io
import random
from typing import TYPE_CHECKING, Any

from . import calls, changes, engine

if TYPE_CHECKING:
    from pathlib import Path

MOST_CALLS = 1000
"""Calls of official APIs in one execution, as the engine has it."""


class World:
    """One task's state. Makes this process its own: a second one in the same process would mix with it."""

    def __init__(self, root: Path, task_id: str, seed: int) -> None:
        from appworld.apps.model_lib import get_db_home_path
        from appworld.collections.models import ModelCollection
        from appworld.common.constants import DB_VERSION
        from appworld.requester import Requester
        from appworld.task import Task

        self.task = Task.load(task_id, load_ground_truth=False)
        if self.task.db_version != DB_VERSION:
            raise ValueError(f"{task_id} is of data version {self.task.db_version}, this engine reads {DB_VERSION}")
        engine.move_clock(self.task.datetime, seed)
        self._start = self.task.model_collection
        self._end = ModelCollection.load(
            to_db_home_path=get_db_home_path(storage_type="memory", type="task_output", task_id=task_id),
            from_db_home_path=self._start.from_db_home_path,
            load_apps=self.task.allowed_apps,
        )
        self._requester = Requester(
            to_db_home_path=self._end.to_db_home_path,
            from_db_home_path=self.task.models_from_db_home_path,
            date_and_time=None,
            random_seed=None,
            load_apps=self.task.allowed_apps,
            raise_on_failure=True,
            max_num_requests=MOST_CALLS,
        )
        _sign_tokens(root / "data" / "tasks" / task_id / "ground_truth", f"{task_id} {seed}")
        self._refused = 0
        self._may_be_done = False
        random.seed(seed)

    def begin(self) -> None:
        """Before a run: its calls are counted from here."""
        self._requester.reset_request_count()
        self._refused = 0

    def call(self, frame: Any) -> dict[str, Any]:
        """Makes one call of an official API for the executor: `{r}`, or `{e, t}` with the exception to raise."""
        if self._refused > MOST_CALLS:
            return {"e": "too many calls that cannot be made", "t": "Exception"}
        try:
            app, api, kw, raises = calls.check(engine.Shared.table, frame)
        except calls.RefusedError as error:
            self._refused += 1
            if isinstance(error, calls.PathRefusedError) and frame.get("raises") is False:
                return {"r": {"message": calls.INVALID_PATH}}
            return {"e": str(error), "t": "Exception"}
        if (app, api) == ("supervisor", "complete_task"):
            self._may_be_done = True
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                return {"r": self._requester.request(app, api, raise_on_failure=None if raises else False, **kw)}
        except Exception as error:
            return {"e": str(error), "t": type(error).__name__}

    def status(self) -> str | None:
        """How the model ended the task (`success` or `fail`), by the database's own word; None while it goes on."""
        if not self._may_be_done:
            return None
        status = self._requester.request("supervisor", "show_active_task", track=False)["status"]
        return status if status in ("success", "fail") else None

    def evaluate(self) -> dict[str, Any]:
        """The official evaluation of the state as it stands; the episode can go on after it."""
        from appworld.apps.api_lib import set_local_dbs
        from appworld.evaluator import TestTracker
        from appworld.ground_truth import GroundTruth

        drawn = random.getstate()
        try:
            truth = GroundTruth.load(task_id=self.task.id, mode="minimal")
            for side in (self._start, self._end):
                side.clear_ids_record_hashes()
            pair = changes.compared(self._start, self._end)
            tracker = TestTracker(test_data=truth.test_data, difficulty=truth.metadata["difficulty"], suppress_errors=True)
            main_user = pair.start.admin.MainUser.find_one(**self.task.supervisor)
            truth.evaluation_module().evaluate(
                test=tracker,
                public_data=truth.public_data,
                private_data=truth.private_data,
                main_user=main_user,
                models=pair,
                ground_truth_answer=truth.answer,
            )
            verdict: dict[str, Any] = tracker.to_dict()
            return verdict
        finally:
            # The engine's classes point at one database at a time; the next call has to meet the changing one.
            set_local_dbs(self._end.to_db_home_path, self._end.from_db_home_path, self._end.app_names)
            random.setstate(drawn)


def _sign_tokens(truth: Path, purpose: str) -> None:
    """Signs access tokens with keys that model code cannot know; the stock key is a constant.

    They come from the task's ground truth, so that a rebuild on another worker gives the tokens that were seen before.
    """
    from appworld.apps import get_all_apps
    from appworld.common.utils import import_apis_module
    from fastapi_login.secrets import to_secret

    secret = hashlib.sha256()
    for path in sorted(path for path in truth.rglob("*") if path.is_file()):
        secret.update(path.read_bytes())
    for app in get_all_apps():
        manager = getattr(import_apis_module(app), "logging_manager", None)
        if manager is not None:
            key = hmac.new(secret.digest(), f"{purpose} {app}".encode(), hashlib.sha256).hexdigest()
            manager.secret = to_secret({"algorithms": manager.algorithm, "secret": key.encode()})
