"""Fetches the model by its name into the folder that the embedding service reads; run once, by hand.

The only part of the production system that asks a model hub; afterwards the volume is the truth.
"""  # noqa: INP001

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

from sentence_transformers import SentenceTransformer


def main() -> int:
    """Save the model and print the checksum of each file, so that two installations can be compared."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--into", type=Path, required=True)
    arguments.add_argument("--name", default="intfloat/multilingual-e5-small")
    arguments.add_argument("--revision", default="main", help="a commit, to get exactly the same again")
    given = arguments.parse_args()
    model = SentenceTransformer(
        given.name,
        revision=given.revision,
        device="cpu",
        # SECURITY: a model is numbers; code that comes with it is never run.
        trust_remote_code=False,
        # the prompts that this family was trained with; encode_query and encode_document put them before each text
        prompts={"query": "query: ", "document": "passage: "},
    )
    model.save(str(given.into), safe_serialization=True)
    for file in sorted(path for path in given.into.rglob("*") if path.is_file()):
        with file.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        sys.stdout.write(f"{digest}  {file.relative_to(given.into)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
