"""Makes mails as Outlook keeps them (.msg): a compound file ([MS-CFB]) with the properties of a message ([MS-OXMSG]).

There is no library that writes them. Only what the tests need: subject, text, sender, date and attachments.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

_SECTOR, _MINI, _SMALL = 512, 64, 4096
_END, _FREE, _TABLE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_NOBODY = 0xFFFFFFFF

#: a folder of a compound file: names with streams or further folders
Folder = Mapping[str, "bytes | Folder"]


def outlook_mail(
    subject: str, text: str, attachments: Mapping[str, bytes] | None = None, *, sender: str = "Bea Beispiel"
) -> bytes:
    """Return a mail with its attachments."""
    mail: dict[str, bytes | Folder] = {
        # the counts of receivers and attachments stand where nobody looks for them
        "__properties_version1.0": bytes(32),
        **_texts({"0037": subject, "1000": text, "0C1A": sender, "001A": "IPM.Note"}),
    }
    for number, (name, content) in enumerate((attachments or {}).items()):
        # by value, not by a link to a file
        method = struct.pack("<IIII", 0x37050003, 6, 1, 0)
        mail[f"__attach_version1.0_#{number:08X}"] = {
            "__properties_version1.0": bytes(8) + method,
            "__substg1.0_37010102": content,
            **_texts({"3707": name, "3001": name}),
        }
    return compound_file(mail)


def _texts(values: Mapping[str, str]) -> dict[str, bytes]:
    return {f"__substg1.0_{tag}001F": value.encode("utf-16-le") for tag, value in values.items()}


class _Entry:
    def __init__(self, name: str, kind: int) -> None:
        self.name, self.kind = name, kind
        self.right = self.child = _NOBODY
        self.start, self.size = _END, 0

    def packed(self) -> bytes:
        name = self.name.encode("utf-16-le") + b"\0\0"
        head = name.ljust(64, b"\0") + struct.pack("<HBB", len(name), self.kind, 1)
        links = struct.pack("<III", _NOBODY, self.right, self.child)
        return head + links + bytes(36) + struct.pack("<IQ", self.start, self.size)


def compound_file(root: Folder) -> bytes:
    """Return a compound file with this content."""
    entries = [_Entry("Root Entry", 5)]
    contents: dict[int, bytes] = {}
    _list(root, entries, 0, contents)
    sectors: list[bytes] = []
    table: list[int] = []
    small = bytearray()
    small_table: list[int] = []
    for index, content in contents.items():
        entries[index].size = len(content)
        if len(content) >= _SMALL:
            entries[index].start = _store(content, sectors, table)
        elif content:
            entries[index].start = len(small_table)
            count = -(-len(content) // _MINI)
            small_table += [len(small_table) + n + 1 for n in range(count - 1)] + [_END]
            small += content.ljust(count * _MINI, b"\0")
    if small:
        entries[0].start, entries[0].size = _store(bytes(small), sectors, table), len(small)
    directory = _store(b"".join(e.packed() for e in entries), sectors, table)
    minis = _store(struct.pack(f"<{len(small_table)}I", *small_table), sectors, table, fill=b"\xff")
    return _with_table(sectors, table, directory, minis, -(-len(small_table) * 4 // _SECTOR))


def _list(folder: Folder, entries: list[_Entry], parent: int, contents: dict[int, bytes]) -> None:
    before: int | None = None
    # the order of a compound file: by length, then by letters
    for name, content in sorted(folder.items(), key=lambda item: (len(item[0]), item[0].upper())):
        index = len(entries)
        entries.append(_Entry(name, 2 if isinstance(content, bytes) else 1))
        if before is None:
            entries[parent].child = index
        else:
            entries[before].right = index
        before = index
        if isinstance(content, bytes):
            contents[index] = content
        else:
            _list(content, entries, index, contents)


def _store(content: bytes, sectors: list[bytes], table: list[int], fill: bytes = b"\0") -> int:
    if not content:
        return _END
    start, count = len(sectors), -(-len(content) // _SECTOR)
    padded = content.ljust(count * _SECTOR, fill)
    sectors += [padded[n * _SECTOR : (n + 1) * _SECTOR] for n in range(count)]
    table += [start + n + 1 for n in range(count - 1)] + [_END]
    return start


def _with_table(sectors: list[bytes], table: list[int], directory: int, minis: int, mini_count: int) -> bytes:
    """Put the table of sectors at the end and the head before it; at most 109 pieces of table, 7 MB."""
    pieces = 1
    while (len(table) + pieces) * 4 > pieces * _SECTOR:
        pieces += 1
    assert pieces <= 109, "too large for a test"
    places = [len(table) + n for n in range(pieces)]
    whole = table + [_TABLE] * pieces
    whole += [_FREE] * (pieces * _SECTOR // 4 - len(whole))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIII", 0, pieces, directory, 0, _SMALL)
    head += struct.pack("<IIII", minis, mini_count, _END, 0)
    head += struct.pack("<109I", *(places + [_FREE] * (109 - pieces)))
    assert len(head) == _SECTOR
    return head + b"".join(sectors) + struct.pack(f"<{len(whole)}I", *whole)
