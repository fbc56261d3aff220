"""A mail's parts as an IMAP server names them: BODYSTRUCTURE, and sections by number. Source of facts: RFC 3501."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.message import Message


def body_structure(raw: bytes) -> str:
    """Describe the parts of a mail."""
    return _described(message_from_bytes(raw))


def _described(part: Message) -> str:
    if part.is_multipart() and part.get_content_maintype() == "multipart":
        inside = "".join(_described(each) for each in _children(part))
        return f"({inside} {_text(part.get_content_subtype())} {_parameters(part)} NIL NIL NIL)"
    packed = _packed(part)
    kind, subtype = part.get_content_maintype(), part.get_content_subtype()
    words = [_text(kind), _text(subtype), _parameters(part), "NIL", "NIL"]
    words += [_text(part.get("Content-Transfer-Encoding", "7bit")), str(len(packed))]
    if kind == "text":
        words.append(str(packed.count(b"\n")))
    return f"({' '.join(words)} NIL {_disposition(part)} NIL NIL)"


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [each for each in payload if isinstance(each, Message)] if isinstance(payload, list) else []


def _packed(part: Message) -> bytes:
    return part.as_bytes().partition(b"\n\n")[2].replace(b"\n", b"\r\n")


def _parameters(part: Message) -> str:
    found = part.get_params(failobj=[])[1:]
    return f"({' '.join(f'{_text(name)} {_text(str(value))}' for name, value in found)})" if found else "NIL"


def _disposition(part: Message) -> str:
    kind = part.get_content_disposition()
    return "NIL" if kind is None else f'("{kind}" NIL)'


def _text(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def section_of(raw: bytes, section: str) -> bytes:
    """Give a section's bytes: some headers, or a part by its number."""
    if found := re.match(r"HEADER\.FIELDS \(([^)]*)\)", section):
        wanted = {name.lower() for name in found[1].split()}
        head = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[0]
        lines = [
            line for line in re.split(rb"\r\n(?![ \t])", head) if line.partition(b":")[0].decode().lower() in wanted
        ]
        return b"".join(line + b"\r\n" for line in lines) + b"\r\n"
    part = message_from_bytes(raw)
    for number in section.split("."):
        children = _children(part)
        if children:
            part = children[int(number) - 1]
    return _packed(part)
