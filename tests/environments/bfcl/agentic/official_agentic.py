"""Runs memory sessions and answer checks through the official BFCL package: one JSON object a line in, one a line out.

In:  {"op": "memory", "backend", "sessions": [[call text, ...], ...]}
Out: {"sessions": [{"context": core memory at the start, "results": [text, ...], "snapshot": the JSON text written}, ...]}
In:  {"op": "answers", "queries": [{"text", "answers": [text, ...]}, ...]}
Out: [{"valid", "error_type"?, "error_message"?, "details"?}, ...]

Each chain of sessions has a folder and a process of its own; a session's snapshot is what the next one begins with.
"""

import json
import os
import pathlib
import sys
import tempfile

import official_imports  # first: it makes the imports below possible

from bfcl_eval.eval_checker.agentic_eval.agentic_checker import agentic_checker
from bfcl_eval.eval_checker.multi_turn_eval import multi_turn_utils

import bfcl_eval.eval_checker.multi_turn_eval.func_source_code.memory_kv
import bfcl_eval.eval_checker.multi_turn_eval.func_source_code.memory_rec_sum

NAME = "official"


def memory(query):
    backend = query["backend"]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="official_memory_"))
    sessions = []
    for index, calls in enumerate(query["sessions"]):
        test_id = f"memory_{backend}_prereq_{index}-student-{index}"
        config = {f"MemoryAPI_{backend}": {"model_result_dir": folder, "scenario": "student", "test_id": test_id}}
        arguments = (config, [f"MemoryAPI_{backend}"], NAME, test_id, False, False)
        _, objects = multi_turn_utils.execute_multi_turn_func_call([], *arguments)
        (api,) = objects.values()
        context = api._dump_core_memory_to_context()
        results, _ = multi_turn_utils.execute_multi_turn_func_call(calls, *arguments)
        api._flush_memory_to_local_file()
        sessions.append({"context": context, "results": results, "snapshot": api.latest_snapshot_file.read_text()})
    return {"sessions": sessions}


def answers(query):
    said = [agentic_checker(each["text"], each["answers"]) for each in query["queries"]]
    kept = ("valid", "error_type", "error_message", "details")
    return [{key: verdict[key] for key in kept if key in verdict} for verdict in said]


def main():
    operations = {"memory": memory, "answers": answers}
    for line in sys.stdin:
        query = json.loads(line)
        child = os.fork()
        if child == 0:
            # A warning of numpy about an empty key is no answer.
            sys.stderr.close()
            sys.stdout.write(json.dumps(operations[query["op"]](query)) + "\n")
            sys.stdout.flush()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status != 0:
            sys.exit(f"a query ended with status {status}: {line[:200]}")


main()
