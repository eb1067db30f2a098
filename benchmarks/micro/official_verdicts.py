"""Times the official verdicts on what bfcl-verdicts.ts times: JSON on standard input, median microseconds on output."""

import contextlib
import io
import json
import statistics
import sys
import time

from official_imports import TextHandler  # first: it makes the imports below possible

from bfcl_eval import utils
from bfcl_eval.constants.enums import Language, ReturnFormat
from bfcl_eval.eval_checker import eval_runner
from bfcl_eval.eval_checker.multi_turn_eval import multi_turn_checker, multi_turn_utils

ROUNDS = 3


def timed(calls):
    times = []
    for _ in range(ROUNDS):
        for call in calls:
            start = time.perf_counter()
            call()
            times.append((time.perf_counter() - start) * 1e6)
    return statistics.median(times)


def ast_call(query):
    entry = {"id": "x_0", "function": query["functions"]}
    return lambda: eval_runner._evaluate_single_ast_entry(
        TextHandler(),
        "x_0",
        query["text"],
        query["possible_answer"],
        entry,
        "model",
        query["category"],
        Language.PYTHON,
        ReturnFormat.PYTHON,
    )


def multi_turn_calls(ids):
    categories = {task_id.rsplit("_", 1)[0] for task_id in ids}
    tasks = {task["id"]: task for name in categories for task in utils.load_dataset_entry(name)}
    truths = {each["id"]: each["ground_truth"] for name in categories for each in utils.load_ground_truth_entry(name)}
    for task_id in ids:
        task, truth = tasks[task_id], truths[task_id]
        turns = [[[call] for call in calls] for calls in truth]

        def call(task=task, truth=truth, turns=turns):
            multi_turn_checker.multi_turn_checker(turns, truth, task, task["id"].rsplit("_", 1)[0], "model")
            # The objects of a run are module globals, which the next run would find.
            for name in [name for name in vars(multi_turn_utils) if name.endswith("_instance")]:
                delattr(multi_turn_utils, name)

        yield call


query = json.load(sys.stdin)
with contextlib.redirect_stdout(io.StringIO()):
    result = {
        "ast": timed([ast_call(each) for each in query["ast"]]),
        "multi_turn": timed(list(multi_turn_calls(query["multi_turn"]))),
    }
print(json.dumps(result))
