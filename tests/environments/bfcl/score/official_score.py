"""Scores result files with the official evaluator: `official_score.py FOLDER dots|underscores`, JSON on standard output.

Out: {"categories": {category: {"accuracy", "total_count"}}, "overall": [cells of data_overall.csv by column]}

`dots` is a prompted model, `underscores` one with an API for calls, which knows no dots in names.
"""

import contextlib
import csv
import io
import json
import sys
import tempfile
from pathlib import Path

from official_imports import TextHandler  # first: it makes the imports below possible

from bfcl_eval.eval_checker import eval_runner, eval_runner_helper
from bfcl_eval.model_handler import utils as handler_utils
from bfcl_eval.utils import extract_test_category, load_file


class ApiHandler:
    """A model with an API for calls: its answer is [{name: JSON text of the arguments}]."""

    def decode_ast(self, result, language=None, has_tool_call_tag=False):
        return [{list(call)[0]: json.loads(call[list(call)[0]])} for call in result]

    def decode_execute(self, result, has_tool_call_tag=False):
        return handler_utils.convert_to_function_call(result)


def main(folder, model):
    scores = Path(tempfile.mkdtemp(prefix="official_score_"))
    handler = {"dots": TextHandler(), "underscores": ApiHandler()}[model]
    board = {}
    for path in sorted(Path(folder).glob("BFCL_v4_*_result.json")):
        category = extract_test_category(path)
        results = load_file(path, sort_by_id=True)
        eval_runner.evaluate_task(category, Path(folder), scores, results, model, handler, board, allow_missing=True)
    # As the official command does: the score files say more than what the evaluation returns.
    eval_runner_helper.update_leaderboard_table_with_local_score_file(board, scores)
    eval_runner.generate_leaderboard_csv(board, scores)
    with open(scores / "data_overall.csv") as file:
        header, row = list(csv.reader(file))
    categories = {name: value for name, value in board[model].items() if "accuracy" in value}
    return {"categories": categories, "overall": dict(zip(header, row, strict=True))}


if __name__ == "__main__":
    with contextlib.redirect_stdout(io.StringIO()):
        result = main(sys.argv[1], sys.argv[2])
    print(json.dumps(result))
