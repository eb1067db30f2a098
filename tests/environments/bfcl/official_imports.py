"""Makes the official package importable without what it has for models and tables: imported before anything of it.

The module of model configurations imports every model's client, of which one field is read here; pandas is only asked for
tables that are not made here. What the package and its users write goes to a folder that ends with the process.
"""

import os
import sys
import tempfile
import types

_folder = tempfile.TemporaryDirectory(prefix="official_bfcl_")
os.environ["BFCL_PROJECT_ROOT"] = tempfile.tempdir = _folder.name


def stand_in(name, **attributes):
    """Puts a module with these attributes in the place of one that is not to be imported."""
    module = types.ModuleType(name)
    module.__dict__.update(attributes)
    sys.modules[name] = module


class Configuration:
    """What the evaluation reads of a model: the one named `underscores` has an API that knows no dots in names."""

    display_name = url = org = license = "official"
    input_price = output_price = None

    def __init__(self, name):
        self.underscore_to_dot = name == "underscores"


class Configurations(dict):
    def __missing__(self, name):
        return Configuration(name)


class TextHandler:
    """A prompted model: its answer is text."""

    def decode_ast(self, result, language=None, has_tool_call_tag=False):
        from bfcl_eval.model_handler import utils

        return utils.default_decode_ast_prompting(result, language, has_tool_call_tag)

    def decode_execute(self, result, has_tool_call_tag=False):
        from bfcl_eval.model_handler import utils

        return utils.default_decode_execute_prompting(result)


stand_in("bfcl_eval.constants.model_config", MODEL_CONFIG_MAPPING=Configurations())
for _name, _attributes in (
    ("pandas", {}),
    ("numpy", {}),
    ("dotenv", {"load_dotenv": lambda *a, **k: None}),
    ("tqdm", {"tqdm": lambda each, *a, **k: each}),
):
    try:
        __import__(_name)
    except ImportError:
        stand_in(_name, **_attributes)
