"""`make bench`: one command, one run, three ratios; JSON lines and a table."""

from __future__ import annotations

import dataclasses
import tempfile
from pathlib import Path

import pypdfium2

from benchmarks import meaning, reading, searching
from benchmarks.real_input import text_pages
from benchmarks.report import write
from local.layout import Layout
from local.processes import addresses, secret
from local.samples import generate
from records.settings import EmbeddingSettings, OpenSearchSettings
from tests.stack import running


def _has_text(pdf: Path) -> bool:
    try:
        return any(words for words in text_pages(pdf))
    except pypdfium2.PdfiumError:
        return True  # damaged or locked: that costs Tika no picture


def _leave_what_tika_reads_itself(folder: Path) -> None:
    """Take out scans, whose reading measures Tesseract where there is one, and the stamp, which is no record."""
    for file in sorted(folder.rglob("*")):
        scan = file.suffix in {".tif", ".zip"} or (file.suffix == ".pdf" and not _has_text(file))
        if scan or file.name.startswith("."):
            file.unlink()
            file.with_name(file.name + ".meta.json").unlink(missing_ok=True)


def main() -> None:
    """Start an empty system, measure, stop it."""
    with tempfile.TemporaryDirectory(prefix="aktensuche-bench-") as name, running("--no-sample") as stack:
        folder = Path(name)
        generate(folder)
        _leave_what_tika_reads_itself(folder)
        reading.warm_up(stack, folder)
        read, _ = reading.measure(stack, folder)
        embedded = meaning.measure(stack)
        alone, clients = reading.tika_alone(stack, folder)
        read = dataclasses.replace(read, beside=alone, note=f"{read.note}; Tika alone with {clients} clients")
        layout = Layout(stack.data, stack.data)
        engine = OpenSearchSettings(
            url=addresses(stack.state["ports"])["engine"],
            ca_file=secret(layout, "ca.crt"),
            writer_password_file=secret(layout, "writer.password"),
            token_key_file=secret(layout, "engine-token.key"),
        )
        embedding = EmbeddingSettings(
            url=addresses(stack.state["ports"])["embedding"], secret_file=secret(layout, "embedding.secret")
        )
        write([read, embedded, *searching.measure(stack, engine, embedding)])


if __name__ == "__main__":
    main()
