"""Times the official verdicts on what bfcl-verdicts.ts times: JSON on standard input, median microseconds on output."""

import contextlib
import io
import json
import os
import statistics
import sys
import tempfile
import time
import types

os.environ.setdefault("BFCL_PROJECT_ROOT", tempfile.mkdtemp(prefix="official_verdicts_"))


class Configuration:
    underscore_to_dot = False


class Configurations(dict):
    def __missing__(self, name):
        return Configuration()


def stand_in(name, **attributes):
    module = types.ModuleType(name)
    module.__dict__.update(attributes)
    sys.modules[name] = module


# The module of model configurations imports every model's client; one field of it is read here.
stand_in("bfcl_eval.constants.model_config", MODEL_CONFIG_MAPPING=Configurations())
for name, attributes in (
    ("pandas", {}),
    ("numpy", {}),
    ("dotenv", {"load_dotenv": lambda *a, **k: None}),
    ("tqdm", {"tqdm": lambda each, *a, **k: each}),
):
    try:
        __import__(name)
    except ImportError:
        stand_in(name, **attributes)

from bfcl_eval import utils  # noqa: E402
from bfcl_eval.constants.enums import Language, ReturnFormat  # noqa: E402
from bfcl_eval.eval_checker import eval_runner  # noqa: E402
from bfcl_eval.eval_checker.multi_turn_eval import multi_turn_checker, multi_turn_utils  # noqa: E402
from bfcl_eval.model_handler import utils as handler_utils  # noqa: E402

ROUNDS = 3


class TextHandler:
    def decode_ast(self, result, language=None, has_tool_call_tag=False):
        return handler_utils.default_decode_ast_prompting(result, language, has_tool_call_tag)


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
