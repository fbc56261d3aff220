"""Folders: their names on the wire, and which of them holds sent mail. Source of facts: RFC 3501 §5.1.3, RFC 6154."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

INBOX = "INBOX"
_SENT = re.compile(
    r"(^|[./])(sent([ _-]?(items|mail|messages?))?|gesendet(e (elemente|objekte))?|envoy[ée]s|"
    r"[ée]l[ée]ments envoy[ée]s|enviados|inviata|posta inviata|verzonden( items)?|已发送|已发送邮件|送信済み)$",
    re.IGNORECASE,
)
_LINE = re.compile(rb'^\(([^)]*)\) (?:"(?:\\?.)"|NIL) (.*)$', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder as the server lists it."""

    name: str
    flags: frozenset[str]
    """In small letters: `\\sent`, `\\noselect`."""

    @property
    def is_readable(self) -> bool:
        """Whether it can hold mail."""
        return not self.flags & {"\\noselect", "\\nonexistent"}


def listed(pieces: Sequence[object]) -> Iterator[Folder]:
    """Read what LIST answers; a line that cannot be read is passed over."""
    for piece in pieces:
        line = piece[0] if isinstance(piece, tuple) else piece
        found = _LINE.match(line) if isinstance(line, bytes) else None
        if found is None:
            continue
        name = piece[1] if isinstance(piece, tuple) else _unquoted(found[2])
        flags = frozenset(found[1].decode("ascii", "replace").lower().split())
        yield Folder(from_wire(name), flags)


def usual(folders: Sequence[Folder]) -> list[str]:
    """Name INBOX, and the folder of sent mail if there is one: the one that is marked, else the one called so."""
    readable = [folder for folder in folders if folder.is_readable]
    marked = [folder.name for folder in readable if "\\sent" in folder.flags]
    called = [folder.name for folder in readable if _SENT.search(folder.name)]
    return [INBOX, *(marked or called)[:1]]


def quoted(name: str) -> str:
    """Write a folder's name as commands take it."""
    return in_quotes(to_wire(name))


def in_quotes(text: str) -> str:
    """Write a text as a quoted string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def to_wire(name: str) -> str:
    """Encode a name in the modified UTF-7 of IMAP.

    >>> to_wire("Éléments & Co")
    '&AMk-l&AOk-ments &- Co'
    """
    parts = re.findall(r"[ -~]+|[^ -~]+", name)
    return "".join(
        part.replace("&", "&-") if part.isascii() and part.isprintable() else _packed(part) for part in parts
    )


def _packed(text: str) -> str:
    packed = base64.b64encode(text.encode("utf-16-be", "surrogatepass")).decode().rstrip("=").replace("/", ",")
    return f"&{packed}-"


def from_wire(raw: bytes) -> str:
    """Decode a name; one that is in UTF-8, as newer servers send it, stays as it is.

    >>> from_wire(b"&AMk-l&AOk-ments &- Co")
    'Éléments & Co'
    """
    text = raw.decode("utf-8", "replace")
    return re.sub(r"&([A-Za-z0-9+,]*)-", lambda found: _unpacked(found[1]), text)


def _unpacked(packed: str) -> str:
    if not packed:
        return "&"
    plain = packed.replace(",", "/")
    return base64.b64decode(plain + "=" * (-len(plain) % 4)).decode("utf-16-be", "replace")


def _unquoted(raw: bytes) -> bytes:
    if raw.startswith(b'"') and raw.endswith(b'"'):
        return re.sub(rb"\\(.)", rb"\1", raw[1:-1])
    return raw
