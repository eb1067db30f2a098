"""The stock engine beside ours, on the same code: the same observations, the same evaluations, to the letter.

All but two things: random numbers, since the stock engine's APIs draw from the same ones as the model's code; and an empty
path parameter, which there leads to another API of that path.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from served import Served

STOCK = """
import json, sys
from appworld import AppWorld
from appworld.evaluator import evaluate_task
told = json.load(sys.stdin)
world = AppWorld(task_id=told["task_id"], experiment_name="stock", timeout_seconds=20)
said = [world.execute(code) for code in told["codes"]]
tracker = evaluate_task(told["task_id"], "stock", save_report=False)
json.dump({"said": said, "verdict": tracker.to_dict()}, sys.stdout)
"""

HEAD = """
def login(app):
    password = [p["password"] for p in apis.supervisor.show_account_passwords() if p["account_name"] == app][0]
    profile = apis.supervisor.show_profile()
    username = profile["phone_number"] if app == "phone" else profile["email"]
    return apis[app].login(username=username, password=password)["access_token"]
tokens = {app: login(app) for app in ("simple_note", "venmo", "spotify", "phone", "todoist", "file_system", "gmail")}
"""

CODES = [
    HEAD,
    "print(apis.api_docs.show_app_descriptions())",
    "print(apis.api_docs.show_api_doc(app_name='venmo', api_name='create_transaction'))",
    "print(apis.supervisor.show_profile())\nprint(apis.supervisor.show_account_passwords()[:2], 1, sep='-')",
    "print(datetime.datetime.now(), pendulum.now().isoformat(), DateTime.now())",
    "x = {'a': 1}\nx",
    "print(x['b'])",
    "def f(n):\n    return 1 / n\n\nprint(f(2))\nf(0)",
    "for",
    "print('unclosed",
    "import socket",
    "open('x', 'w')",
    "input('?')",
    "exit()",
    "raise SystemExit",
    "apis.nope.show()",
    "apis.venmo.nope()",
    "apis.venmo.show_account()",
    "apis.venmo.login('me')",
    "apis.venmo.login(username='me')",
    "apis.venmo.login(username='me', password='wrong')",
    "apis.venmo.show_profile(email={1})",
    "print(apis.venmo.show_account(access_token='bad', raise_on_failure=False))",
    "print(apis.simple_note.search_notes(query='kept', access_token=tokens['simple_note']))",
    "print(apis.simple_note.show_note(note_id=1, access_token=tokens['simple_note']))",
    "apis.simple_note.show_note(note_id=999, access_token=tokens['simple_note'])",
    "apis.simple_note.show_note(note_id='one', access_token=tokens['simple_note'])",
    "n = apis.simple_note.create_note(title='A', content='b', access_token=tokens['simple_note'])\nprint(n)",
    "print(apis.simple_note.update_note(note_id=n['note_id'], title='C', access_token=tokens['simple_note']))",
    "print(apis.simple_note.delete_note(note_id=1, access_token=tokens['simple_note']))",
    "apis.simple_note.create_note(title='C', content='again', access_token=tokens['simple_note'])",
    "print(apis.spotify.show_song_library(page_index=0, page_limit=3, access_token=tokens['spotify']))",
    "print(apis.spotify.shuffle_song_queue(access_token=tokens['spotify'], raise_on_failure=False))",
    "print(apis.phone.search_contacts(query='Bako', access_token=tokens['phone']))",
    "print(apis.venmo.create_transaction(receiver_email='bako.renner@example.com', amount=2.5, description='tea', "
    "access_token=tokens['venmo']))",
    "print(apis.venmo.show_transactions(access_token=tokens['venmo']))",
    "print(apis.venmo.add_friend(user_email='lotte.amara@example.com', access_token=tokens['venmo'], raise_on_failure=False))",
    "print(apis.file_system.create_file(file_path='~/a b.txt', content='hi', access_token=tokens['file_system']))",
    "print(apis.file_system.show_file(file_path='~/a b.txt', access_token=tokens['file_system']))",
    "print(apis.file_system.show_directory(access_token=tokens['file_system']))",
    "print(apis.todoist.show_projects(access_token=tokens['todoist']))",
    "print(apis.gmail.show_inbox_threads(access_token=tokens['gmail'], raise_on_failure=False))",
    "print(apis.supervisor.show_active_task())",
    "class A:\n    def __repr__(self):\n        return 'an A'\nprint(A(), [A()])",
    "import warnings\nwarnings.warn('careful')\nprint('after')",
    "import sys",
    "print(json.loads('{'))",
    "try:\n    apis.venmo.show_account()\nexcept Exception as error:\n    print(type(error).__name__, error)",
    "print(list(map(str, range(3))), Counter('aab'), defaultdict(int), math.pi, re.sub('a', 'b', 'aa'))",
    "import difflib, textwrap, uuid, yaml, bisect, heapq, fractions, string, pprint, csv, enum, "
    "operator, typing, unittest\nprint('all')",
    "print(fractions.Fraction(1, 3), textwrap.fill('a b c', 3), difflib.get_close_matches('ab', "
    "['abc']), yaml.safe_load('a: 1'))",
    "apis.supervisor.complete_task(answer=5)",
]


def stock(root: Path, folder: Path, task_id: str, codes: list[str]) -> Any:
    """What the stock engine says, in a process of its own."""
    (folder / "data").symlink_to(root / "data")
    environment = {**os.environ, "APPWORLD_ROOT": str(folder), "IPYTHONDIR": str(folder), "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        [sys.executable, "-c", STOCK],
        input=json.dumps({"task_id": task_id, "codes": codes}),
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
        check=True,
    )
    return json.loads(done.stdout[done.stdout.index('{"said"') :])


def test_observations_and_evaluation_are_those_of_the_stock_engine(served: Served, root: Path, tmp_path: Path) -> None:
    expected = stock(root, tmp_path, "money01_2", CODES)
    with served.open("money01_2") as instance:
        pairs = [(code, instance.output(code), said) for code, said in zip(CODES, expected["said"], strict=True)]
        assert [pair for pair in pairs if pair[1] != pair[2]] == []
        assert instance.evaluate()["verdict"] == expected["verdict"]
