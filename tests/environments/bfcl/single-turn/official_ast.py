"""Judges answers with the official AST evaluation: one JSON object a line in, one a line out.

In:  {"category", "functions", "possible_answer", "names": "dots" | "underscores", and either "calls": decoded calls, or
     "text" with "format" and "tag"}
Out: {"valid", "error_type", "error"}, or {"exception": class name} where the evaluation ends in one.
In:  {"decode": answer text of Python calls}
Out: {"value": repr of what it is decoded to}, or {"exception": class name}
"""

import contextlib
import io
import json
import sys

from official_imports import TextHandler  # first: it makes the imports below possible

from bfcl_eval.constants.enums import Language, ReturnFormat
from bfcl_eval.eval_checker import eval_runner
from bfcl_eval.eval_checker.ast_eval import ast_checker
from bfcl_eval.model_handler import utils as handler_utils

LANGUAGES = {"simple_java": Language.JAVA, "simple_javascript": Language.JAVASCRIPT}


def judge(query):
    category, names = query["category"], query["names"]
    language = LANGUAGES.get(category, Language.PYTHON)
    if "calls" in query:
        return ast_checker.ast_checker(
            query["functions"], query["calls"], query["possible_answer"], language, category, names
        )
    entry = {"id": "x_0", "function": query["functions"]}
    if "relevance" in category:
        return eval_runner._evaluate_single_relevance_entry(
            TextHandler(), "x_0", query["text"], entry, names, category
        )
    return eval_runner._evaluate_single_ast_entry(
        TextHandler(),
        "x_0",
        query["text"],
        query["possible_answer"],
        entry,
        names,
        category,
        language,
        ReturnFormat(query["format"]),
        query["tag"],
    )


def answer(query):
    try:
        if "decode" in query:
            return {"value": repr(handler_utils.ast_parse(query["decode"], ReturnFormat.PYTHON))}
        with contextlib.redirect_stdout(io.StringIO()):
            verdict = judge(query)
    except Exception as error:  # noqa: BLE001
        return {"exception": type(error).__name__}
    if verdict["valid"]:
        return {"valid": True}
    return {"valid": False, "error_type": verdict["error_type"], "error": verdict["error"]}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line)), default=repr), flush=True)
