"""The invented tasks: what is asked, how it is judged, one way to solve it.

`solution` and `evaluation` are the bodies of the functions that the engine calls; every requirement of an evaluation
stands in `tests`, with whether doing nothing meets it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from textwrap import dedent
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True)
class MiniTask:
    """One task. `answer` is worked out from the base data where it is a function."""

    task_id: str
    split: str
    instruction: str
    solution: str
    evaluation: str
    tests: list[tuple[str, str]]
    apps: list[str]
    private: dict[str, Any] = field(default_factory=dict)
    answer: Callable[[list[dict[str, Any]]], Any] | None = None
    difficulty: int = 1


def code(text: str) -> str:
    """A function's body."""
    return "\n".join("    " + line if line else "" for line in dedent(text).strip().splitlines()) + "\n"


def warm_up_task() -> MiniTask:
    """Played by every worker as it starts; it is in no set that is served."""
    return _shopping("warm01_1", "", "Warm-up", ["kettle", "cups"])


def mini_tasks() -> Iterator[MiniTask]:
    """Three scenarios of three tasks."""
    lists = (
        ("train", "Weekend trip", ["tent", "stove", "rain jacket"]),
        ("dev", "Groceries", ["eggs", "rye bread", "lemons", "basil"]),
        ("test_challenge", "Books to lend", ["Atlas of rivers", "The slow kitchen"]),
    )
    for number, (split, title, items) in enumerate(lists, 1):
        yield _shopping(f"lists01_{number}", split, title, items)
    for number, (split, minutes) in enumerate((("train", 4), ("test_normal", 3), ("test_challenge", 5)), 1):
        yield _long_songs(f"music01_{number}", split, minutes)
    payments = (
        ("train", "roommate", 42.5, "internet bill"),
        ("test_normal", "coworker", 13.0, "lunch"),
        ("test_challenge", "sibling", 120.0, "birthday present"),
    )
    for number, payment in enumerate(payments, 1):
        yield _payment(f"money01_{number}", *payment)


def _shopping(task_id: str, split: str, title: str, items: list[str]) -> MiniTask:
    return MiniTask(
        task_id,
        split,
        f'Write a note called "{title}" in my Simple Note account, with one thing a line and in this order: '
        f"{', '.join(items)}.",
        solution=code(f"""
            token = login(apis, "simple_note")
            apis.simple_note.create_note(title={title!r}, content={chr(10).join(items)!r}, access_token=token)
            apis.supervisor.complete_task()
            """),
        evaluation=code('''
            with test("""only notes changed"""):
                test.case(models.changed_model_names(), "==", {"simple_note.Note"})
            added, updated, removed = models.changed_records("simple_note.Note")
            with test("""one note was added, and no other touched"""):
                test.case([len(added), len(updated), len(removed)], "==", [1, 0, 0])
            with test("""the note has the asked title and lines"""):
                test.case(added[0].title, "==", private_data.title)
                lines = [line.strip().lstrip("-* ") for line in added[0].content.strip().splitlines()]
                test.case(lines, "==", private_data.items_)
            with test("""no answer was given"""):
                test.answer(given_answer(models), ground_truth_answer)
            '''),
        tests=[
            ("only notes changed", "no_op_fail"),
            ("one note was added, and no other touched", "no_op_fail"),
            ("the note has the asked title and lines", "no_op_fail"),
            ("no answer was given", "no_op_pass"),
        ],
        apps=["simple_note"],
        # Not `items`: the engine reads these as attributes of a dictionary.
        private={"title": title, "items_": items},
    )


def _long_songs(task_id: str, split: str, minutes: int) -> MiniTask:
    return MiniTask(
        task_id,
        split,
        f"How many songs in my Spotify song library last more than {minutes} minutes?",
        solution=code(f"""
            token = login(apis, "spotify")
            count, page_index = 0, 0
            while songs := apis.spotify.show_song_library(page_index=page_index, page_limit=20, access_token=token):
                count += len([song for song in songs if song["duration"] > {minutes * 60}])
                page_index += 1
            apis.supervisor.complete_task(answer=count)
            """),
        evaluation=code('''
            with test("""the answer is right"""):
                test.answer(given_answer(models), ground_truth_answer)
            with test("""nothing changed"""):
                test.case(models.changed_model_names(), "==", set())
            '''),
        tests=[("the answer is right", "no_op_fail"), ("nothing changed", "no_op_pass")],
        apps=["spotify"],
        answer=lambda songs: sum(song["duration"] > minutes * 60 for song in songs),
        difficulty=2,
    )


def _payment(task_id: str, split: str, relation: str, amount: float, note: str) -> MiniTask:
    return MiniTask(
        task_id,
        split,
        f'Pay my {relation} ${amount:.2f} on Venmo, with the note "{note}". My phone contacts tell who that is.',
        solution=code(f"""
            contact = apis.phone.search_contacts(relationship={relation!r}, access_token=login(apis, "phone"))[0]
            apis.venmo.create_transaction(
                receiver_email=contact["email"], amount={amount!r}, description={note!r},
                access_token=login(apis, "venmo"))
            apis.supervisor.complete_task()
            """),
        evaluation=code('''
            added, updated, removed = models.changed_records("venmo.Transaction")
            with test("""one payment was made"""):
                test.case([len(added), len(updated), len(removed)], "==", [1, 0, 0])
            with test("""it went to the right person, in the right amount"""):
                receiver = models.end.venmo.User.by_id(added[0].receiver_id)
                test.case([receiver.email, added[0].amount], "==", [private_data.email, private_data.amount])
            with test("""it has the asked note"""):
                test.case(added[0].description.strip().lower(), "==", private_data.note)
            with test("""nothing changed outside of Venmo"""):
                test.case({name for name in models.changed_model_names() if not name.startswith("venmo.")}, "==", set())
            with test("""no answer was given"""):
                test.answer(given_answer(models), ground_truth_answer)
            '''),
        tests=[
            ("one payment was made", "no_op_fail"),
            ("it went to the right person, in the right amount", "no_op_fail"),
            ("it has the asked note", "no_op_fail"),
            ("nothing changed outside of Venmo", "no_op_pass"),
            ("no answer was given", "no_op_pass"),
        ],
        apps=["phone", "venmo"],
        private={"relation": relation, "amount": amount, "note": note},
        difficulty=2,
    )


EVALUATION_HEAD = """\
def given_answer(models):
    answer = models.end.supervisor.Task.first().answer
    return None if "NOT_GIVEN" in answer else answer


def evaluate(test, models, public_data, private_data, main_user, ground_truth_answer):
"""
SOLUTION_HEAD = """\
def login(apis, app):
    password = [p["password"] for p in apis.supervisor.show_account_passwords() if p["account_name"] == app][0]
    profile = apis.supervisor.show_profile()
    username = profile["phone_number"] if app == "phone" else profile["email"]
    return apis[app].login(username=username, password=password)["access_token"]


def solution(apis, requester):
"""
