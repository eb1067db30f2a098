"""Programs of the older training-sandbox service, with only the import changed."""

from __future__ import annotations

import pytest
from helpers import SERVER

import stepwell
from stepwell.agentscope import BFCLSandbox, SandboxError, TrainingSandboxClient, WebShopSandbox


def http(url: str) -> str:
    return url.replace("ws:", "http:").removesuffix("/v1")


def test_the_tutorial_of_bfcl_runs_to_reward_1(bfcl_url: str, truth: dict[str, list[stepwell.Message]]) -> None:
    box = BFCLSandbox(base_url=http(bfcl_url))
    profile_list = box.get_env_profile(env_type="bfcl", split="train")
    assert box.get_task_ids(env_type="bfcl", split="train") == profile_list
    assert len(profile_list) == 400
    for task_id, messages in truth.items():
        init_response = box.create_instance(env_type="bfcl", task_id=task_id, params={"is_open_query": True})
        inst_id = init_response["info"]["instance_id"]
        assert [message["role"] for message in init_response["state"]] == ["system", "user"]
        assert init_response["info"]["test_id"] == task_id
        assert "Available tools:" in box.get_tools_info(instance_id=inst_id)
        # Evaluating early changes nothing.
        assert box.evaluate(inst_id, params={"sparse": True}) < 1.0
        for message in messages:
            res = box.step(inst_id, message)
        assert res["is_terminated"]
        assert res["state"][-1]["content"] == "[CONVERSATION_COMPLETED]"
        score = box.evaluate(inst_id, params={"sparse": True})
        assert (score, type(score)) == (1.0, float)
        report = box.evaluate(inst_id)
        assert (report["valid"], report["accuracy"], report["test_id"]) == (True, 1.0, task_id)
        assert [box.release_instance(inst_id), box.release_instance(inst_id)] == [True, False]
    box.close()


def test_a_client_of_its_own_id_and_its_errors(bfcl_url: str) -> None:
    with TrainingSandboxClient(http(bfcl_url)) as client:
        created = client.call_tool(
            "create_instance", {"env_type": "bfcl", "task_id": "multi_turn_base_1", "instance_id": "mine", "params": None}
        )
        assert created["info"]["instance_id"] == "mine"
        with pytest.raises(ValueError, match="HTTP Error 409"):
            client.create_instance("bfcl", "multi_turn_base_1", "mine")
        assert client.list_tools(instance_id="mine") == client.get_tools_info("mine")
        assert client.call_tool("release_instance", {"instance_id": "mine"}) is True
        with pytest.raises(ValueError, match="HTTP Error 400: Instance mine not found!"):
            client.step("mine", {"role": "assistant", "content": "ok"})
        with pytest.raises(SandboxError, match="HTTP Error 400") as unknown:
            client.get_env_profile("bfcl", split="nope")
        assert (unknown.value.code, unknown.value.retryable) == ("unknown_split", False)
        with pytest.raises(ValueError, match="no tool 'fly'"):
            client.call_tool("fly", {})


def test_without_an_address_a_sandbox_has_a_server_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def serve(environments: list[str], timeout: float) -> stepwell.LocalServer:
        assert environments == ["webshop"]
        return real(["guess"], command=SERVER, timeout=timeout)

    real = stepwell.serve
    monkeypatch.setattr(stepwell, "serve", serve)
    with WebShopSandbox() as box:
        created = box.create_instance("guess", "guess_42")
        assert box.step(created["info"]["instance_id"], {"content": "42"})["reward"] == 1.0
        base_url = box.base_url
    assert not TrainingSandboxClient(base_url).check_health()
