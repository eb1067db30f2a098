"""Scores result files with the official evaluator: `official_score.py FOLDER text|fc`, JSON on standard output.

Out: {"categories": {category: {"accuracy", "total_count"}}, "overall": [cells of data_overall.csv by column]}

The module of model configurations imports every model's client, and pandas and numpy are only asked for tables that are
not made here, so stand-ins take their places before the evaluator is imported.
"""

import contextlib
import csv
import io
import json
import os
import sys
import tempfile
import types
from pathlib import Path

os.environ.setdefault("BFCL_PROJECT_ROOT", tempfile.mkdtemp(prefix="official_score_"))


def stand_in(name, **attributes):
    module = types.ModuleType(name)
    module.__dict__.update(attributes)
    sys.modules[name] = module


class Configuration:
    """What the evaluator reads of a model."""

    display_name = url = org = license = "official"
    input_price = output_price = None

    def __init__(self, name):
        self.underscore_to_dot = name == "fc"


class Configurations(dict):
    def __missing__(self, name):
        return Configuration(name)


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

from bfcl_eval.eval_checker import eval_runner, eval_runner_helper  # noqa: E402
from bfcl_eval.model_handler import utils as handler_utils  # noqa: E402
from bfcl_eval.utils import extract_test_category, load_file  # noqa: E402


class TextHandler:
    """A prompted model: its answer is text."""

    def decode_ast(self, result, language=None, has_tool_call_tag=False):
        return handler_utils.default_decode_ast_prompting(result, language, has_tool_call_tag)

    def decode_execute(self, result, has_tool_call_tag=False):
        return handler_utils.default_decode_execute_prompting(result)


class ApiHandler:
    """A model with an API for calls: its answer is [{name: JSON text of the arguments}]."""

    def decode_ast(self, result, language=None, has_tool_call_tag=False):
        return [{list(call)[0]: json.loads(call[list(call)[0]])} for call in result]

    def decode_execute(self, result, has_tool_call_tag=False):
        return handler_utils.convert_to_function_call(result)


def main(folder, model):
    scores = Path(tempfile.mkdtemp(prefix="official_score_"))
    handler = {"text": TextHandler(), "fc": ApiHandler()}[model]
    board = {}
    for path in sorted(Path(folder).glob("BFCL_v4_*_result.json")):
        category = extract_test_category(path)
        results = load_file(path, sort_by_id=True)
        eval_runner.evaluate_task(category, Path(folder), scores, results, model, handler, board, allow_missing=True)
    eval_runner.generate_leaderboard_csv(board, scores)
    with open(scores / "data_overall.csv") as file:
        header, row = list(csv.reader(file))
    categories = {name: value for name, value in board[model].items() if "accuracy" in value}
    return {"categories": categories, "overall": dict(zip(header, row, strict=True))}


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()):
        result = main(sys.argv[1], sys.argv[2])
    print(json.dumps(result))
