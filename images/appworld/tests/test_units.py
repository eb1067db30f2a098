"""Parts without an engine: actions, calls, prompts, rewards, frames."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from stepwell_appworld import actions, calls, frames, prompt
from stepwell_appworld.environment import reward_parts

TABLE = {
    ("venmo", "add_friend"): ("POST", "/venmo/friends/{user_email}"),
    ("phone", "login"): ("POST", "/phone/auth/token"),
}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("```python\nx\n```", "x\n"),
        ("text ```python\nx\n``` and ```python\ny\n```", "x\n"),
        ("```python\nx", "x"),
        ("<think>```python\nno\n```</think>```py\nx\n```", "x\n"),
        ("</think>```python\nx\n```", "x\n"),
    ],
)
def test_the_first_block_of_python_is_run(content: str, code: str) -> None:
    assert actions.read({"content": content}).runs == [(None, code)]


@pytest.mark.parametrize("content", [None, "", "print(1)", "```\nx\n```", "<think>```python\nx\n```", "```python\n\n```", 5])
def test_a_message_without_a_block_runs_nothing(content: Any) -> None:
    read = actions.read({"content": content})
    assert (read.runs, read.format) == ([], None)
    assert read.errors


@pytest.mark.parametrize("value", ["a@b.c", 5, True, None, "a-b_c", "ü", "two words"])
def test_a_path_parameter_may_be_one_part_of_a_path(value: Any) -> None:
    assert calls.check(TABLE, {"app": "venmo", "api": "add_friend", "kw": {"user_email": value}})[0] == "venmo"


@pytest.mark.parametrize(
    "value",
    ["", ".", "..", "../../dbs", "a/b", "a\\b", "a?b", "a#b", "%2e%2e", "a;b", "a\nb", [1], {"a": 1}, ["../x"]],
)
def test_a_path_parameter_that_leads_elsewhere_is_refused(value: Any) -> None:
    with pytest.raises(calls.PathRefusedError, match="405"):
        calls.check(TABLE, {"app": "venmo", "api": "add_friend", "kw": {"user_email": value}})


@pytest.mark.parametrize("name", ["client", "track", "show", "_app_name", "_api_name", "_x", "url"])
def test_a_keyword_that_the_engine_takes_for_itself_is_refused(name: str) -> None:
    with pytest.raises(calls.RefusedError, match="no parameter"):
        calls.check(TABLE, {"app": "phone", "api": "login", "kw": {name: False}})


@pytest.mark.parametrize(
    "frame",
    [
        None,
        [],
        "x",
        {},
        {"app": "admin", "api": "debit_from_card", "kw": {}},
        {"app": "phone", "api": "index", "kw": {}},
        {"app": ["phone"], "api": "login", "kw": {}},
        {"app": "phone", "api": "login", "kw": []},
        {"app": "phone", "api": "login", "kw": {}, "raises": "yes"},
    ],
)
def test_what_names_no_public_api_is_refused(frame: Any) -> None:
    with pytest.raises(calls.RefusedError):
        calls.check(TABLE, frame)


def test_frames_of_a_hostile_end_are_bounded() -> None:
    for bad in (b"\xff\xff\xff\xff", b"\x00\x00\x00\x02{[", b"\x00\x00\x00\x05{}", b"", b"\x00\x00\x00\x02\xff\xfe"):
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(bad)
            theirs.shutdown(socket.SHUT_WR)
            with pytest.raises(frames.PeerGoneError):
                frames.receive(ours)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert frames.is_quiet(ours)
        frames.send(theirs, {"a": [1, "ü"]})
        assert frames.receive(ours) == {"a": [1, "ü"]}
        theirs.sendall(b"\x00")
        assert not frames.is_quiet(ours)


def test_a_template_is_filled_in_and_its_mistakes_are_said() -> None:
    values = {"main_user": {"first_name": "Ines"}, "app_descriptions": "[]"}
    text = "USER:\nold\nASSISTANT:\nUSER:\nI am {{ main_user.first_name }}: {{app_descriptions}}"
    assert prompt.render(text, values, is_whole=False) == "I am Ines: []"
    assert prompt.render(text, values, is_whole=True).startswith("USER:\nold")
    with pytest.raises(ValueError, match=r"main_user\.age"):
        prompt.render("{{ main_user.age }}", values, is_whole=True)


def test_the_dense_reward_above_doing_nothing_is_of_the_tests_that_doing_nothing_fails() -> None:
    def verdict(passed: list[str], failed: list[str]) -> dict[str, Any]:
        sides = {"passes": [{"label": label} for label in passed], "failures": [{"label": label} for label in failed]}
        return {"success": not failed, "num_tests": len(passed) + len(failed), **sides}

    parts = reward_parts(verdict(["no_op_pass", "no_op_fail"], ["no_op_fail", "no_op_fail"]))
    assert parts == {"sparse": 0.0, "dense": 0.5, "dense_above_no_op": 1 / 3}
    # What breaks something that was right cannot be below doing nothing.
    assert reward_parts(verdict([], ["no_op_pass", "no_op_fail"]))["dense_above_no_op"] == 0.0
    assert reward_parts(verdict(["no_op_pass"], []))["dense_above_no_op"] == 1.0
