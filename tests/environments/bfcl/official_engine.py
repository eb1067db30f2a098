"""Runs calls through the official BFCL engine: one JSON object a line in, one a line out.

In:  {"id", "classes", "config", "turns": [[call text, ...], ...], "truth": [[call text, ...], ...] or null}
Out: {"results": [[text, ...], ...], "state": sha256 of the public state, "verdict": {...} or null}

The engine keeps its objects in module globals and changes shared lists, so each line is answered by a fork of this
process: nothing that a trajectory does can reach the next one. Only the engine, its checker and mpmath are imported.
"""

import hashlib
import importlib
import json
import os
import sys

import official_imports  # first: it makes the imports below possible

from bfcl_eval.constants.executable_backend_config import CLASS_FILE_PATH_MAPPING
from bfcl_eval.eval_checker.multi_turn_eval import multi_turn_checker, multi_turn_utils

NAME = "official"

# Imported here once: a fork would otherwise import them for each trajectory. The others need packages that are not here.
for class_name, module in CLASS_FILE_PATH_MAPPING.items():
    if not class_name.startswith(("Memory", "WebSearch")):
        importlib.import_module(module)


def canon(value, inside=()):
    """The state in plain JSON, in the form that src/environments/bfcl/state-canon.ts describes."""
    kind = type(value).__name__
    if kind == "File":
        return {"<file>": value.name, "content": canon(value.content)}
    if kind == "Directory":
        here = id(value.contents)
        if here in inside:
            return {"<dir>": value.name, "<cycle>": True}
        return {"<dir>": value.name, "contents": {name: canon(item, (*inside, here)) for name, item in value.contents.items()}}
    if isinstance(value, dict):
        return {key if isinstance(key, str) else f"<{type(key).__name__}>{key}": canon(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [canon(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return {"<set>": sorted((canon(item) for item in value), key=repr)}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return {"<repr>": repr(value)}


def public_state(objects):
    return {
        name: {key: canon(value) for key, value in vars(each).items() if not key.startswith("_")}
        for name, each in objects.items()
    }


def run(query):
    results, objects = [], {}
    for calls in query["turns"] or [[]]:
        texts, objects = multi_turn_utils.execute_multi_turn_func_call(
            calls, query["config"], query["classes"], NAME, query["id"], "long_context" in query["id"], False
        )
        results.append(texts)
    state = json.dumps(public_state(objects), sort_keys=True).encode()
    return {"results": results, "state": hashlib.sha256(state).hexdigest(), "verdict": verdict(query)}


def verdict(query):
    if query["truth"] is None:
        return None
    entry = {"id": query["id"], "initial_config": query["config"], "involved_classes": query["classes"]}
    steps = [[[call] for call in calls] for calls in query["turns"]]
    said = multi_turn_checker.multi_turn_checker(steps, query["truth"], entry, query["id"].rsplit("_", 1)[0], NAME)
    kept = {key: said[key] for key in ("valid", "error_type", "error_message") if key in said}
    details = said.get("details", {})
    if "differences" in details:
        kept["diff_attrs"] = sorted(details["differences"])
    if "missing_items" in details:
        kept["missing_items"] = details["missing_items"]
    return kept


def main():
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            answer = json.dumps(run(json.loads(line)))
            sys.stdout.write(answer + "\n")
            sys.stdout.flush()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status != 0:
            sys.exit(f"a trajectory ended with status {status}: {line[:200]}")


main()
