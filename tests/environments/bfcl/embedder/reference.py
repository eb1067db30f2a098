"""The vectors of texts by a plain forward pass of BERT in numpy and 64 bits: a JSON object in, a JSON list out.

In:  {"model": folder with model.safetensors, "ids": [[token id, ...], ...]}
Out: [[384 floats of a vector of length 1], ...]
"""

import json
import math
import pathlib
import struct
import sys

import numpy as np


def tensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    found = {}
    for name, entry in header.items():
        if entry["dtype"] == "F32":
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            found[name] = np.frombuffer(data[begin:end], dtype="<f4").reshape(entry["shape"]).astype(np.float64)
    return found


def norm(x, weights, name):
    centred = x - x.mean(axis=-1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
    return scaled * weights[f"{name}.LayerNorm.weight"] + weights[f"{name}.LayerNorm.bias"]


def linear(x, weights, name):
    return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def heads(x):
    return x.reshape(len(x), 12, 32).transpose(1, 0, 2)


def embed(ids, weights):
    x = weights["embeddings.word_embeddings.weight"][ids]
    x = x + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + weights["embeddings.token_type_embeddings.weight"][0], weights, "embeddings")
    for layer in range(6):
        name = f"encoder.layer.{layer}"
        query, key, value = (
            heads(linear(x, weights, f"{name}.attention.self.{part}")) for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 2, 1) / math.sqrt(32)
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (scores / scores.sum(axis=-1, keepdims=True)) @ value
        mixed = mixed.transpose(1, 0, 2).reshape(len(x), 384)
        x = norm(x + linear(mixed, weights, f"{name}.attention.output.dense"), weights, f"{name}.attention.output")
        inner = linear(x, weights, f"{name}.intermediate.dense")
        inner = inner * 0.5 * (1 + np.vectorize(math.erf)(inner / math.sqrt(2)))
        x = norm(x + linear(inner, weights, f"{name}.output.dense"), weights, f"{name}.output")
    mean = x.mean(axis=0)
    return (mean / np.linalg.norm(mean)).tolist()


query = json.load(sys.stdin)
model = tensors(pathlib.Path(query["model"]) / "model.safetensors")
json.dump([embed(ids, model) for ids in query["ids"]], sys.stdout)
