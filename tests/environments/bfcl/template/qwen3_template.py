"""Conversations as the official handler of Qwen3 writes them for the model: one JSON object a line in, one text a line out.

In:  {"messages": [...], "tools": [...]}
Out: the prompt as a JSON string, with the beginning of the assistant's message at its end

The handler's own base class serves models and needs torch and the like; the template is a method that uses none of it.
"""

import json
import sys

from official_imports import stand_in  # first: it makes the imports below possible

import overrides

# `@override` wants the methods of the base class.
overrides.override = lambda method: method
stand_in("bfcl_eval.model_handler.local_inference.base_oss_handler", OSSHandler=object)

from bfcl_eval.model_handler.local_inference.qwen_fc import QwenFCHandler

for line in sys.stdin:
    query = json.loads(line)
    print(json.dumps(QwenFCHandler._format_prompt(None, query["messages"], query["tools"])))
