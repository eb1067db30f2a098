"""Judges answers with the official AST evaluation: one JSON object a line in, one a line out.

In:  {"category", "functions", "possible_answer", "names": "dots" | "underscores", and either "calls": decoded calls, or
     "text" with "format" and "tag"}
Out: {"valid", "error_type", "error"}, or {"exception": class name} where the evaluation ends in one.
"""

import contextlib
import io
import json
import os
import sys
import tempfile
import types

os.environ.setdefault("BFCL_PROJECT_ROOT", tempfile.mkdtemp(prefix="official_ast_"))


class Configuration:
    def __init__(self, name):
        self.underscore_to_dot = name == "underscores"


class Configurations(dict):
    def __missing__(self, name):
        return Configuration(name)


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

from bfcl_eval.constants.enums import Language, ReturnFormat  # noqa: E402
from bfcl_eval.eval_checker import eval_runner  # noqa: E402
from bfcl_eval.eval_checker.ast_eval import ast_checker  # noqa: E402
from bfcl_eval.model_handler import utils as handler_utils  # noqa: E402

LANGUAGES = {"simple_java": Language.JAVA, "simple_javascript": Language.JAVASCRIPT}


class TextHandler:
    def decode_ast(self, result, language=None, has_tool_call_tag=False):
        return handler_utils.default_decode_ast_prompting(result, language, has_tool_call_tag)


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
        with contextlib.redirect_stdout(io.StringIO()):
            verdict = judge(query)
    except Exception as error:  # noqa: BLE001
        return {"exception": type(error).__name__}
    if verdict["valid"]:
        return {"valid": True}
    return {"valid": False, "error_type": verdict["error_type"], "error": verdict["error"]}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line)), default=repr), flush=True)
