"""A client written to the older routes: plays each task's messages and prints its score."""

import json
import sys
import urllib.error
import urllib.request

address, script = sys.argv[1], json.load(sys.stdin)


def post(route, **body):
    data = json.dumps({"env_type": "bfcl", "params": {}, "messages": {}, **body}).encode()
    request = urllib.request.Request(address + route, data, {"content-type": "application/json"})
    try:
        with urllib.request.urlopen(request) as reply:
            return json.load(reply)
    except urllib.error.HTTPError as error:
        raise ValueError(f"HTTP Error {error.code}: {json.load(error)['detail']}") from error


assert len(post("/get_env_profile", params={"split": "train"})["data"]) == 400
for task_id, messages in script.items():
    name = f"older-{task_id}"
    created = post("/create", task_id=task_id, instance_id=name, params={"is_open_query": True})["data"]
    assert [message["role"] for message in created["state"]] == ["system", "user"], created["state"]
    assert "Available tools:" in post("/get_info", instance_id=name)["data"]
    for message in messages:
        step = post("/step", instance_id=name, messages=message)["data"]
    assert step["is_terminated"] and step["state"][-1]["content"] == "[CONVERSATION_COMPLETED]", step
    assert post("/evaluate", instance_id=name)["data"]["accuracy"] == 1.0
    score = post("/evaluate", instance_id=name, params={"sparse": True})["data"]
    assert isinstance(score, float) and isinstance(step["reward"], float)
    print(task_id, score)
    assert post("/release", instance_id=name)["success"] is True
    assert post("/release", instance_id=name)["success"] is False
