"""Answers questions about Python values: a JSON list of cases on stdin, a JSON list of texts on stdout."""

import datetime
import json
import operator
import random
import struct
import sys
import warnings


def decode(value):
    """A tagged value, so that ints, floats, tuples and non-text keys survive JSON."""
    kind, inner = next(iter(value.items()))
    if kind == "i":
        return int(inner)
    if kind == "f":
        return struct.unpack(">d", bytes.fromhex(inner))[0]
    if kind == "l":
        return [decode(item) for item in inner]
    if kind == "t":
        return tuple(decode(item) for item in inner)
    if kind == "d":
        return {decode(key): decode(item) for key, item in inner}
    return inner  # "s", "b", "n"


def called(text):
    """What a call text calls f with."""
    return eval(text, {"f": lambda *args, **kwargs: [list(args), kwargs], "__builtins__": {}})


def bound(parameters, names, arguments):
    """The arguments that a method with these parameters gets."""
    space = {}
    exec(f"class Api:\n def m(self, {parameters[1:-1]}): return [{names}]", space)
    return eval(f"Api().m{arguments}", space)


ASKED = {
    "repr": repr,
    "str": str,
    "json": json.dumps,
    "json_unicode": lambda value: json.dumps(value, ensure_ascii=False, sort_keys=False),
    "loads": lambda text: repr(json.loads(text)),
    "len": len,
    "bool": bool,
    "splitlines": lambda text: text.splitlines(),
    "split": lambda text: text.split(),
    "strip": lambda text: text.strip(),
    "lower": lambda text: text.lower(),
    "isdigit": lambda text: text.isdigit(),
    "sorted": lambda values: sorted(values),
    "sum": lambda values: sum(values),
    "int": int,
    "float": float,
    "abs": abs,
    "round": lambda value, places: round(value, places),
    "format2f": lambda value: f"{value:.2f}",
    "eq": operator.eq,
    "lt": operator.lt,
    "ge": operator.ge,
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "truediv": operator.truediv,
    "mod": operator.mod,
    "contains": operator.contains,
    "getitem": operator.getitem,
    "strptime": lambda text, form: str(datetime.datetime.strptime(text, form)),
    "randint": lambda seed, a, b: [random.Random(seed).randint(a, b), *map(random.Random(seed).randint, [a] * 3, [b] * 3)],
    "call": called,
    "bind": bound,
    "uniform": lambda seed, a, b: random.Random(seed).uniform(a, b),
    "literal": lambda text: eval(text, {"__builtins__": {}}),
}


warnings.simplefilter("ignore")


def answer(case):
    try:
        result = ASKED[case["ask"]](*[decode(value) for value in case["args"]])
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return result if isinstance(result, str) else repr(result)


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
