"""What the official package makes of its own data, one JSON object a line; official-loader.test.ts reads it.

{"groups": {name: [category, ...]}}   the categories that a sub type names
{"category", "entries": number}       how many entries a category has, without those that only prepare a memory
{"task": text, "functions": sha256}   a multi-turn entry as JSON text, and a digest of the JSON text of its function docs
{"excluded": name, "id", "offered"}   a function that an entry names as `excluded_function`, and whether it is there all the same
{"doc": text, "tool": text}           a function doc and the OpenAI tool that the handlers make of it
"""

import hashlib
import json

import official_imports  # first: it makes the imports below possible

from bfcl_eval.constants.category_mapping import TEST_COLLECTION_MAPPING
from bfcl_eval.constants.enums import ModelStyle
from bfcl_eval.constants.type_mappings import GORILLA_TO_OPENAPI
from bfcl_eval.model_handler.utils import convert_to_tool
from bfcl_eval.utils import load_dataset_entry, load_ground_truth_entry


def show(**fields):
    print(json.dumps(fields))


show(groups=TEST_COLLECTION_MAPPING)
seen = set()
for category in TEST_COLLECTION_MAPPING["all"]:
    entries = load_dataset_entry(category, include_prereq=False, include_language_specific_hint=False)
    show(category=category, entries=len(entries))
    if category.startswith("multi_turn"):
        truths = {truth["id"]: truth["ground_truth"] for truth in load_ground_truth_entry(category)}
        for entry in entries:
            task = {
                "id": entry["id"],
                "question": entry["question"],
                "initial_config": entry.get("initial_config", {}),
                "involved_classes": entry["involved_classes"],
                "missed_function": entry.get("missed_function", {}),
                "ground_truth": truths[entry["id"]],
            }
            digest = hashlib.sha256(json.dumps(entry["function"]).encode()).hexdigest()
            show(task=json.dumps(task), functions=digest)
            offered = [doc["name"] for doc in entry["function"]]
            offered += [doc["name"] for docs in entry.get("missed_function", {}).values() for doc in docs]
            for name in entry.get("excluded_function", []):
                show(excluded=name, id=entry["id"], offered=name in offered)
    for doc in (doc for entry in entries for doc in entry["function"]):
        text = json.dumps(doc)
        if text not in seen:
            seen.add(text)
            tool = convert_to_tool([doc], GORILLA_TO_OPENAPI, ModelStyle.OPENAI_COMPLETIONS)[0]
            # No chat template or API has a place for it, so ours leaves it out.
            tool["function"].pop("response", None)
            show(doc=text, tool=json.dumps(tool))
