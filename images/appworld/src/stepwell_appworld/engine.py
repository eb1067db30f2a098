"""What the first zygote does before it forks.

It imports the engine, plays an episode on an invented task so that caches are warm, builds what instances share, and
freezes the clock once. It sees no task and no row that is served.
"""

from __future__ import annotations

import gc
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

WARM_UP_CODE = """
profile = apis.supervisor.show_profile()
passwords = {row["account_name"]: row["password"] for row in apis.supervisor.show_account_passwords()}
for app in apis.api_docs.show_app_descriptions():
    app = app["name"]
    token = None
    if app in passwords:
        username = profile["phone_number"] if app == "phone" else profile["email"]
        token = apis[app].login(username=username, password=passwords[app])["access_token"]
    called = 0
    for doc in apis.api_docs.show_api_descriptions(app_name=app):
        if called == 3 or not doc["name"].startswith(("show_", "search_")):
            continue
        doc = apis.api_docs.show_api_doc(app_name=app, api_name=doc["name"])
        needed = [parameter["name"] for parameter in doc["parameters"] if parameter["required"]]
        if set(needed) <= {"access_token", "query"}:
            called += 1
            values = {"access_token": token, "query": "note"}
            try:
                apis[app][doc["api_name"]](**{name: values[name] for name in needed})
            except Exception as error:
                print(error)
"""
"""The first use of an API costs up to a third of a second of cold caches: so some of every app, not all."""


class Shared:
    """What every instance has from its zygote."""

    clock: Any
    """freezegun's factory: the one frozen clock, moved by each instance to its task's time."""
    shell: Any
    """An IPython shell whose preamble has run."""
    table: dict[tuple[str, str], tuple[str, str]]
    """Of each public API its method and path."""


def prepare() -> None:
    """Makes this process fit to be forked: one thread, no database handle, warm."""
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    sys.dont_write_bytecode = True
    with tempfile.TemporaryDirectory(prefix="stepwell-appworld-") as folder:
        # IPython keeps a profile, and the engine unpacked tests, in the home folder; neither is wanted here.
        os.environ.update(APPWORLD_ROOT=folder, IPYTHONDIR=folder, APPWORLD_CACHE=folder)
        _put_warm_up(Path(folder))
        _play(Path(folder))
        Shared.table = _public_apis(Path(folder))
        Shared.shell = _shell()
        _share_app()
        _forget()
    _freeze()
    gc.collect()
    gc.freeze()
    if threading.active_count() != 1:
        raise RuntimeError(f"the engine left threads behind: {threading.enumerate()}")


def move_clock(to: datetime, seed: int) -> None:
    """Sets the frozen clock and the random numbers of this process."""
    Shared.clock.move_to(to)
    random.seed(seed)


def use_root(root: Path) -> None:
    """Points the engine at other data."""
    from appworld.apps import get_all_apps
    from appworld.collections.api_docs import ApiDocCollection

    os.environ["APPWORLD_ROOT"] = str(root)
    _forget_paths()
    # As every task loads them, with the same arguments: once for all instances, since it takes most of a create otherwise.
    ApiDocCollection.load(load_apps=tuple(get_all_apps(skip_admin=True)), include_response_schemas=True)


def _put_warm_up(folder: Path) -> None:
    """A copy of what was made before, in the folder that STEPWELL_APPWORLD_WARM_UP names; else it is made, in 20 s."""
    made = os.environ.get("STEPWELL_APPWORLD_WARM_UP")
    if made is None:
        # By another process: what the invented tasks are and how they are solved must not stay in this one.
        command = [sys.executable, "-m", "stepwell_appworld.cli", "warm-up", str(folder)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        return
    if not Path(made, "data", "tasks").is_dir():
        raise RuntimeError(f"{made} has no warm-up set: make it with `stepwell-appworld warm-up {made}`")
    shutil.copytree(Path(made, "data"), folder / "data")


def _play(folder: Path) -> None:
    from appworld import AppWorld

    for task_id in sorted(path.name for path in (folder / "data" / "tasks").iterdir()):
        world = AppWorld(task_id=task_id, experiment_name="warm-up", ground_truth_mode="full")
        world.execute(WARM_UP_CODE)
        world.execute("raise Exception('a traceback')")
        world.execute(world.task.ground_truth.compiled_solution_code + "\nsolution(apis, requester)")
        if not world.evaluate().success:
            raise RuntimeError(f"the engine does not solve its warm-up task {task_id}")
        world.close()
    AppWorld.close_all()


def _public_apis(folder: Path) -> dict[tuple[str, str], tuple[str, str]]:
    """From the API docs, which the warm-up set has from the engine's own code."""
    files = sorted((folder / "data" / "api_docs" / "standard").glob("*.json"))
    docs = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in files}
    return {(app, api): (doc["method"], doc["path"]) for app, apis in docs.items() for api, doc in apis.items()}


def _shell() -> Any:
    """The engine's shell as `AppWorld.__init__` and `_execute_preamble` make it, once for all instances."""
    from appworld import environment

    settings = environment.Config()
    settings.HistoryManager.enabled = False
    hook = sys.excepthook
    shell = environment.InteractiveShellEmbed(config=settings)
    sys.excepthook = hook
    shell.ast_node_interactivity = "none"

    class Preamble(environment.AppWorld):  # type: ignore[misc]
        def __init__(self) -> None:
            self.remote_environment_url = None
            self.import_utils = False
            self.shell = shell

    class NoApis:
        @staticmethod
        def load(**_: Any) -> tuple[None, None]:
            return None, None

    real, environment.ApiCollection = environment.ApiCollection, NoApis
    preamble = Preamble()
    for name in _PREAMBLE_NEEDS:
        setattr(preamble, name, None)
    preamble.task = _NoTask()
    try:
        preamble._execute_preamble()
    finally:
        environment.ApiCollection = real
    for name in ("apis", "requester"):
        shell.user_ns.pop(name, None)
    return shell


_PREAMBLE_NEEDS = (
    "models_to_db_home_path",
    "models_from_db_home_path",
    "random_seed",
    "show_api_response_schemas",
    "remote_apis_url",
    "raise_on_failure",
    "raise_on_extra_parameters",
    "parse_datetimes",
    "allow_datetime_change",
    "add_login_shortcut",
    "munchify_response",
    "max_api_calls_per_interaction",
)


class _NoTask:
    datetime = None
    allowed_apps = ()


def _share_app() -> None:
    """Builds the web application of the official APIs once, its middleware too; instances only open a client to it."""
    from appworld import requester
    from appworld.apps import get_all_apps
    from fastapi.testclient import TestClient

    app = requester.build_main_app(sorted(get_all_apps()))
    with TestClient(app) as client:
        client.get("/")
    requester.build_main_app = lambda _apps: app


def _forget() -> None:
    """Closes the warm-up's databases and drops every cache that knows of them."""
    from appworld.apps.model_lib import CachedDBHandler, ModelHashHandler, get_cached_db_engine
    from appworld.apps.model_lib import get_direct_cached_sqlite3_connection as get_connection
    from appworld.collections.api_docs import ApiDocCollection

    CachedDBHandler.reset()
    ModelHashHandler.reset()
    get_cached_db_engine.cache_clear()
    get_connection.cache_clear()
    ApiDocCollection.load.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[-1] in ("evaluation", "solution", "compiled_solution")]:
        del sys.modules[name]
    _forget_paths()


def _forget_paths() -> None:
    from appworld.apps import model_lib

    for cached in (model_lib.get_db_home_path, model_lib.db_home_to_app_path, model_lib.db_app_to_home_path):
        cached.cache_clear()


def _freeze() -> None:
    """One clock for all: freezing looks through every module, and that would cost each instance 23 MiB."""
    import freezegun
    from appworld.common.constants import DEFAULT_SYSTEM_DATETIME

    # A plain datetime: with one of pendulum's, which the engine has here, `datetime.now(timezone.utc)` fails.
    start = datetime.fromisoformat(DEFAULT_SYSTEM_DATETIME.isoformat()).replace(tzinfo=None)
    Shared.clock = freezegun.freeze_time(start).start()
