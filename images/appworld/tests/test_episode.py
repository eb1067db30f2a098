"""Episodes through the worker: scores, observations, parameters, splits."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from served import Served

TASKS = [f"{scenario}_{number}" for scenario in ("lists01", "money01", "music01") for number in (1, 2, 3)]
NO_OP = {"lists01": 1 / 4, "money01": 2 / 5, "music01": 1 / 2}
WRONG = {
    "lists01": 'apis.simple_note.create_note(title="x", content="y", access_token=login(apis, "simple_note"))',
    "money01": "pass",
    "music01": "pass",
}


def head(served: Served, task_id: str) -> str:
    """The `login` of a solution."""
    return served.solution(task_id).partition("def solution")[0]


@pytest.mark.parametrize("task_id", TASKS)
def test_doing_nothing_wrong_and_right_score_differently(served: Served, task_id: str) -> None:
    scenario = task_id.partition("_")[0]
    with served.open(task_id) as instance:
        assert instance.start["info"]["scenario_id"] == scenario
        score = instance.evaluate()
        assert (score["reward"], score["success"]) == (0.0, False)
        assert score["reward_parts"] == {"sparse": 0.0, "dense": NO_OP[scenario], "dense_above_no_op": 0.0}
    with served.open(task_id, reward="dense") as instance:
        code = f"{head(served, task_id)}\n{WRONG[scenario]}\napis.supervisor.complete_task(answer=999)"
        step = instance.run(code)
        assert step["end_reason"] == "completed"
        assert step["reward"] == step["reward_parts"]["dense"] < 1
        assert step["reward_parts"]["sparse"] == 0.0
    with served.open(task_id) as instance:
        step = instance.run(served.solution(task_id))
        assert (step["end_reason"], step["reward"]) == ("completed", 1.0)
        score = instance.evaluate()
        assert (score["reward"], score["success"], score["verdict"]["success"]) == (1.0, True, True)
        assert score["reward_parts"] == {"sparse": 1.0, "dense": 1.0, "dense_above_no_op": 1.0}
        assert instance.evaluate() == score


def test_a_task_may_be_given_up(served: Served) -> None:
    with served.open() as instance:
        step = instance.run('apis.supervisor.complete_task(status="fail")')
        assert (step["end_reason"], step["reward"]) == ("gave_up", 0.0)


def test_an_evaluation_changes_nothing_and_the_episode_goes_on(served: Served) -> None:
    with served.open() as instance:
        drawn = "import random; print(random.random(), datetime.datetime.now())"
        first = instance.output(f"{drawn}\ntoken = {json.dumps('x')}")
        instance.evaluate()
        code = f"{head(served, 'lists01_1')}\ntoken = login(apis, 'simple_note')\nprint(token)"
        token = instance.output(code)
        instance.evaluate()
        assert instance.run("solution = 1\n" + served.solution("lists01_1"))["reward"] == 1.0
        with served.open() as twin:
            assert twin.output(f"{drawn}\ntoken = {json.dumps('x')}") == first
            # What a model saw of the first may be used again when it is rebuilt: tokens are the same.
            assert twin.output(code) == token


def test_create_gives_the_prompt_and_the_instruction(served: Served) -> None:
    with served.open() as instance:
        system, user = instance.start["state"]
        assert (system["role"], user["role"]) == ("system", "user")
        assert "Ines Halvorsen" in system["content"]
        assert "USER:" in system["content"]
        assert user["content"].startswith('Write a note called "Weekend trip"')
        assert instance.start["tools"] == []
    with served.open(prompt=False) as short:
        content = short.start["state"][0]["content"]
        assert content.startswith("My name is Ines")
        assert short.start["prompt_sha256"] != instance.start["prompt_sha256"]


def test_the_simple_mode_takes_bare_code_and_gives_bare_output(served: Served) -> None:
    with served.open(simple=True) as instance:
        step = instance.say({"role": "assistant", "content": "print(6 * 7)"})
        assert step["state"] == [{"role": "user", "content": "42\n"}]
        assert step["action"] == {"valid": True, "format": "text", "parse_errors": []}


def test_tool_calls_are_answered_one_by_one(served: Served) -> None:
    def call(number: int, name: str, arguments: Any) -> dict[str, Any]:
        return {"id": f"c{number}", "type": "function", "function": {"name": name, "arguments": arguments}}

    with served.open(action_format="tool_calls") as instance:
        assert instance.start["tools"][0]["function"]["name"] == "appworld"
        calls = [
            call(1, "appworld", json.dumps({"code": "x = 1"})),
            call(2, "appworld", json.dumps({"code": "print(x)"})),
        ]
        step = instance.say({"role": "assistant", "content": None, "tool_calls": calls})
        assert step["state"] == [
            {"role": "tool", "tool_call_id": "c1", "content": "Execution successful."},
            {"role": "tool", "tool_call_id": "c2", "content": "1\n"},
        ]
        for wrong in (call(3, "nope", "{}"), call(4, "appworld", "{"), call(5, "appworld", '{"codes": 1}')):
            step = instance.say({"role": "assistant", "content": None, "tool_calls": [wrong]})
            assert step["state"][0]["tool_call_id"] == wrong["id"]
            assert not step["action"]["valid"]


def test_a_message_without_code_is_an_empty_observation(served: Served) -> None:
    with served.open() as instance:
        step = instance.say({"role": "assistant", "content": "<think>```python\nprint(1)\n```</think> I wonder."})
        assert step["state"] == [{"role": "user", "content": ""}]
        assert (step["action"]["valid"], step["action"]["format"]) == (False, None)
        # An unclosed block is code.
        step = instance.say({"role": "assistant", "content": "So:\n```python\nprint(2)"})
        assert step["state"][0]["content"] == "Output:\n```\n2\n```\n\n"


@pytest.mark.parametrize(
    "params",
    [
        {"reward": "turn"},
        {"prompt": "no"},
        {"nope": 1},
        {"max_output_chars": 5},
        {"action_format": "xml"},
        {"simple": 1},
    ],
)
def test_a_wrong_parameter_is_the_callers_mistake(served: Served, params: dict[str, Any]) -> None:
    reply = served.ask("create", instance_id="wrong", task_id="lists01_1", params=params, timeout_s=60.0)
    assert reply["err"]["code"] == "bad_params"


def test_parameters_of_the_server_are_left_to_it(served: Served) -> None:
    with served.open(max_steps=3, idle_timeout_s=10, action_timeout_s=5):
        pass


@pytest.mark.parametrize("task_id", ["nope", "../lists01_1", "lists01_1/", "warm01_1", ""])
def test_a_task_that_is_in_no_split_is_unknown(served: Served, task_id: str) -> None:
    reply = served.ask("create", instance_id="wrong", task_id=task_id, params={}, timeout_s=60.0)
    assert reply["err"]["code"] == "unknown_task"


def test_splits_list_their_tasks(served: Served) -> None:
    sizes = {}
    for split in ("train", "dev", "test_normal", "test_challenge"):
        rows = served.ok("tasks", split=split, filter={})["tasks"]
        sizes[split] = [row["task_id"] for row in rows]
    assert [len(ids) for ids in sizes.values()] == [3, 1, 2, 3]
    assert sorted(task_id for ids in sizes.values() for task_id in ids) == TASKS
    rows = served.ok("tasks", split="train", filter={"difficulty": 1})["tasks"]
    assert [row["scenario_id"] for row in rows] == ["lists01"]
    assert served.ask("tasks", split="test", filter={})["err"]["code"] == "unknown_split"
    assert served.ask("tasks", split="train", filter={"x": 1})["err"]["code"] == "bad_request"


def test_the_profile_says_what_protects(served: Served) -> None:
    profile = served.ok("profile")
    assert profile["engine"] == "appworld 0.1.3.post1"
    assert profile["profile"]["replay"] == "measured"
    assert len(profile["data_sha256"]) == 64
    assert profile["max_steps"] == 50
    walls = {row["wall"]: row["up"] for row in profile["protections"]}
    assert walls["system calls"]
    assert walls["deadline"]


def test_long_output_is_cut_and_says_so(served: Served) -> None:
    with served.open(max_output_chars=1000) as instance:
        said = instance.output("print('x' * 5000)")
        assert said.startswith("x" * 1000 + "\n[4001 more characters")
