"""Text that was pasted rather than typed: words divided at line ends are put together, its heading is found. Pure."""

from __future__ import annotations

import re

#: a first line longer than this is no heading
_LONGEST_HEADING = 200

# "Genehmi-\ngung" is one word; "Erd- und" has no line end, "Bauamt-\nErbach" goes on with a capital.
_DIVIDED = re.compile(r"(?<=[a-zäöüß])[-\u00ad\u2010][^\S\n]*\n\s*(?!(?:und|oder|bzw|sowie|als|bis)\b)(?=[a-zäöüß])")


def joined(text: str) -> str:
    """Return text whose words are whole."""
    return _DIVIDED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def heading(text: str) -> str:
    """Return the first line of a text of several lines; empty where it is as long as a paragraph."""
    first, line_end, _rest = text.strip().partition("\n")
    return first.strip() if line_end and len(first) <= _LONGEST_HEADING else ""
