"""The environments for TRL, called as its trainer calls them; the trainer itself is in lanes/."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from typing import Any

import pytest

import stepwell
from stepwell.protocol.errors import WorkerLostError
from stepwell.trl import Environment, Spare, environment_class

BFCL = {"tool_prompt": "none"}


@pytest.fixture
def well(bfcl_url: str) -> Iterator[stepwell.Client]:
    with stepwell.Client(bfcl_url) as well:
        yield well


def environment(well: stepwell.Client, task_id: str, group: int = 1) -> Any:
    with well.create("bfcl", task_id, params=BFCL) as inst:
        return environment_class(inst.tools)(Spare(well, "bfcl", group))


def play(made: Any, messages: list[stepwell.Message]) -> str:
    heard = ""
    for message in messages:
        for call in message.get("tool_calls") or []:
            heard = getattr(made, call["function"]["name"])(**json.loads(call["function"]["arguments"]))
        if not message.get("tool_calls"):
            heard = made.next_request(message["content"])
    return heard


def test_an_environment_is_reset_and_solved_again_and_again(
    well: stepwell.Client, truth: dict[str, list[stepwell.Message]]
) -> None:
    task_id = "multi_turn_base_0"
    made = environment(well, task_id, group=3)
    for _ in range(4):
        text = made.reset(task_id=task_id, params=json.dumps(BFCL), prompt=[], environment="x")
        assert "<tools>" not in text
        assert play(made, truth[task_id]) == "[CONVERSATION_COMPLETED]"
        assert made.next_request("More?") == "The episode is over."
        assert made.get_reward() == 1.0
    made.reset(task_id=task_id, params=json.dumps(BFCL))
    assert made.get_reward() == 0.0


def test_tools_have_type_hints_and_google_docstrings(well: stepwell.Client) -> None:
    made = environment(well, "multi_turn_base_0")
    signature = inspect.signature(made.mkdir)
    assert str(signature) == "(dir_name: str) -> str"
    doc = inspect.getdoc(made.mkdir) or ""
    assert "Args:\n    dir_name: " in doc
    assert "Returns:" in doc
    assert inspect.signature(made.ls).parameters["a"].default is None


def test_a_lost_instance_is_played_again_on_a_fresh_one(
    well: stepwell.Client, truth: dict[str, list[stepwell.Message]]
) -> None:
    task_id = "multi_turn_base_0"
    made = environment(well, task_id)
    made.reset(task_id=task_id, params=json.dumps(BFCL))
    play(made, truth[task_id][:3])
    well.cancel([made._instance.id])
    play(made, truth[task_id][3:])
    assert made.get_reward() == 1.0


def test_an_episode_that_cannot_be_recovered_has_no_reward(
    well: stepwell.Client, truth: dict[str, list[stepwell.Message]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: Any) -> Any:
        raise WorkerLostError("no worker")

    task_id = "multi_turn_base_0"
    rewards: list[float | None] = []
    for member in range(4):
        made: Environment = environment(well, task_id)
        made.reset(task_id=task_id, params=json.dumps(BFCL))
        if member == 3:
            monkeypatch.setattr(Spare, "fresh", lost)
            assert made._instance is not None
            well.cancel([made._instance.id])
        if member in (0, 3):
            play(made, truth[task_id])
        rewards.append(made.get_reward())
    assert rewards == [1.0, 0.0, 0.0, None]
    assert stepwell.advantages(rewards, scale=False)[:3] == pytest.approx([2 / 3, -1 / 3, -1 / 3])
