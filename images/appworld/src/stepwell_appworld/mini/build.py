"""Writes the set: base databases, API docs, lists and tasks, with the engine's own models and serialisers.

What is written holds table definitions and API docs that derive from AppWorld's protected code: it is made where it is
used, and neither committed nor published.
"""

from __future__ import annotations

import json
import os
import random
from typing import TYPE_CHECKING, Any

from . import people
from .scale import enlarge
from .tasks import EVALUATION_HEAD, SOLUTION_HEAD, MiniTask, mini_tasks, warm_up_task

if TYPE_CHECKING:
    from pathlib import Path

SPLITS = ("train", "dev", "test_normal", "test_challenge")


def build_mini(root: Path, rows: int = 0) -> list[str]:
    """The set that can be served, and `rows` more rows in its databases. Gives the task ids."""
    task_ids = _build(root, list(mini_tasks()))
    if rows:
        enlarge(root / "data" / "base_dbs", rows)
    return task_ids


def build_warm_up(root: Path) -> list[str]:
    """What a worker plays before it serves."""
    return _build(root, [warm_up_task()])


def _build(root: Path, tasks: list[MiniTask]) -> list[str]:
    os.environ["APPWORLD_ROOT"] = str(root)
    from appworld.apps.model_lib import CachedDBHandler
    from appworld.common.constants import DEFAULT_SYSTEM_DATETIME
    from appworld.common.utils import freeze_time

    with freeze_time(DEFAULT_SYSTEM_DATETIME):
        docs = _write_docs(root)
        songs = _write_bases(root, docs)
        for task in tasks:
            _write_task(root, task, songs)
    CachedDBHandler.reset()
    for split in SPLITS:
        ids = [task.task_id for task in tasks if task.split == split]
        _write(root / "data" / "datasets" / f"{split}.txt", "".join(f"{task_id}\n" for task_id in ids))
    return [task.task_id for task in tasks]


def _write_docs(root: Path) -> dict[str, dict[str, Any]]:
    """API docs as the engine derives them from its own code."""
    from appworld.apps import get_all_apps
    from appworld.collections.api_docs import ApiDocCollection
    from appworld.common.constants import CANARY_STRING

    apps = get_all_apps(skip_admin=True)
    collection = ApiDocCollection.build(tuple(apps))
    docs = {app: {api: dict(doc) for api, doc in collection[app].items()} for app in apps}
    for app, apis in docs.items():
        marked = {api: {**doc, "canary_string": CANARY_STRING} for api, doc in apis.items()}
        _write_json(root / "data" / "api_docs" / "standard" / f"{app}.json", marked)
    return docs


def _write_bases(root: Path, docs: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The base databases. Gives the songs of the supervisor's library."""
    from appworld.apps import get_all_apps
    from appworld.collections.models import ModelCollection

    models = ModelCollection.load(
        to_db_home_path=":memory:made-base",
        from_db_home_path=":memory:made-base",
        load_apps=get_all_apps(),
        create_db=True,
    )
    users = {
        (app, index): _add_user(models, app, person) for index, person in enumerate(people.PEOPLE) for app in people.LOGIN_APPS
    }
    for index, person in enumerate(people.PEOPLE):
        main = models.admin.MainUser.create_save(**person, email=people.email(person))
        for app in people.LOGIN_APPS:
            models.admin.AccountPassword.create_save(
                main_user_id=main.id, account_name=app, password=people.password(person, app)
            )
        models.spotify.MusicPlayer.create_save(user_id=users["spotify", index].id)
    for relation, index in people.RELATIONS.items():
        person = people.PEOPLE[index]
        known = {name: person[name] for name in ("first_name", "last_name", "phone_number", "birthday")}
        models.phone.Contact.create_save(
            **known, email=people.email(person), user_id=users["phone", 0].id, relationships=[relation]
        )
    for number in range(1, people.NOTES + 1):
        models.simple_note.Note.create_save(
            user_id=users["simple_note", 0].id, title=f"Note {number}", content=f"Kept from last year, page {number}."
        )
    songs = _add_songs(models, users["spotify", 0].id)
    for apis in docs.values():
        models.api_docs.ApiDoc.save_all(
            [
                models.api_docs.ApiDoc.create(
                    app_name_=doc["app_name"],
                    **{
                        name: doc[name]
                        for name in ("api_name", "path", "method", "description", "parameters", "response_schemas")
                    },
                )
                for doc in apis.values()
            ]
        )
    models.save(str(root / "data" / "base_dbs"), format="full", app_names=get_all_apps(), delete_if_exists=True)
    models.close()
    return songs


def _add_user(models: Any, app: str, person: dict[str, str]) -> Any:
    about: dict[str, Any] = {name: person[name] for name in ("first_name", "last_name")}
    about["password"] = people.password(person, app)
    if app == "phone":
        about["phone_number"] = person["phone_number"]
    else:
        about |= {"email": people.email(person), "verified": True}
    if app == "venmo":
        about["venmo_balance"] = 900.0
    return models[app].User.create_save(**about)


def _add_songs(models: Any, user_id: int) -> list[dict[str, Any]]:
    from appworld.common.datetime import DateTime

    drawn = random.Random(11)
    artists = [models.spotify.Artist.create_save(name=name, genre=genre) for name, genre in people.ARTISTS]
    songs = []
    for number in range(people.SONGS):
        artist = artists[number % len(artists)]
        songs.append(
            models.spotify.Song.create(
                title=f"Evening no. {number + 1}",
                artist_ids=[artist.id],
                duration=drawn.randint(110, 390),
                genre=artist.genre,
                release_date=DateTime(2014 + number % 9, 1 + number % 12, 1 + number % 28),
            )
        )
    models.spotify.Song.save_all(songs)
    library = [songs[index] for index in sorted(drawn.sample(range(people.SONGS), people.LIBRARY))]
    for song in library:
        models.spotify.UserLibrarySong.create_save(user_id=user_id, song_id=song.id)
    return [{"title": song.title, "duration": song.duration} for song in library]


def _write_task(root: Path, task: MiniTask, songs: list[dict[str, Any]]) -> None:
    """A task's own rows on top of the base, its description and its ground truth."""
    from appworld.apps import get_all_apps
    from appworld.collections.models import ModelCollection
    from appworld.common.constants import DB_VERSION, DEFAULT_SYSTEM_DATETIME

    folder = root / "data" / "tasks" / task.task_id
    supervisor = people.PEOPLE[0]
    about = {name: supervisor[name] for name in ("first_name", "last_name", "phone_number")}
    about["email"] = people.email(supervisor)
    models = ModelCollection.load(
        to_db_home_path=f":memory:made-{task.task_id}",
        from_db_home_path=str(root / "data" / "base_dbs"),
        load_apps=get_all_apps(),
    )
    row = models.supervisor.Supervisor.create_save(**about, birthday=supervisor["birthday"], sex=supervisor["sex"])
    for app in people.LOGIN_APPS:
        models.supervisor.AccountPassword.create_save(
            supervisor_id=row.id, account_name=app, password=people.password(supervisor, app)
        )
    models.supervisor.Task.create_save(supervisor_id=row.id, instruction=task.instruction)
    models.save(
        str(folder / "dbs"),
        format="changes",
        app_names=get_all_apps(),
        delete_if_exists=True,
        save_model_hashes=True,
    )
    models.close()
    _write_json(
        folder / "specs.json",
        {
            "instruction": task.instruction,
            "supervisor": about,
            "datetime": DEFAULT_SYSTEM_DATETIME.isoformat(),
            "db_version": DB_VERSION,
        },
    )
    private = dict(task.private)
    if "relation" in private:
        private["email"] = people.email(people.PEOPLE[people.RELATIONS[private["relation"]]])
    truth = folder / "ground_truth"
    solution = SOLUTION_HEAD + task.solution
    _write(truth / "evaluation.py", EVALUATION_HEAD + task.evaluation)
    _write(truth / "solution.py", solution)
    _write(truth / "compiled_solution.py", solution)
    _write_json(truth / "answer.json", task.answer(songs) if task.answer else None)
    _write_json(truth / "public_data.json", {})
    _write_json(truth / "private_data.json", private)
    _write_json(truth / "required_apps.json", task.apps)
    _write_json(truth / "test_data.json", [{"requirement": text, "label": label} for text, label in task.tests])
    _write_json(
        truth / "metadata.json",
        {
            "mode": "full",
            "difficulty": task.difficulty,
            "num_apps": len(task.apps),
            "num_apis": solution.count("apis."),
            "num_api_calls": solution.count("apis."),
            "num_solution_code_lines": len(solution.splitlines()),
        },
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write_json(path: Path, value: Any) -> None:
    _write(path, json.dumps(value, indent=1) + "\n")
