"""From a mail's bytes to text, whatever charset they claim. Source of facts: RFC 2047, RFC 2045, WHATWG Encoding.

A charset that is wrong costs letters, never the mail: what is sure is tried first, and the rest is replaced.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import quopri
import re
import unicodedata

_ENCODED = re.compile(r"=\?([^?\s]+)\?([bBqQ])\?([^?]*)\?=")
_WIDER = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "x-gbk": "gb18030", "hz-gb-2312": "hz",
    "iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "ks_c_5601-1987": "cp949", "euc-kr": "cp949",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "iso-8859-9": "cp1254",
    "iso-8859-8-i": "iso-8859-8", "iso-8859-11": "cp874", "tis-620": "cp874", "big5": "big5hkscs", "utf8": "utf-8",
    "x-unknown": "", "unknown-8bit": "", "us-ascii": "", "ascii": "", "default": "", "cp-850": "cp850",
}  # fmt: skip
"""Names that mail programs use → the codec that reads all that they put under it; empty: it says nothing."""
_SINGLE = re.compile(r"cp125|cp850|iso8859|koi8|mac")
_PAIRED = re.compile(rb"(?:[\xa1-\xf7][\xa1-\xfe]){2,}")
"""Two letters of GB 2312 side by side; Western letters beyond ASCII hardly stand so."""


def decoded(data: bytes, charset: str, *, is_cut: bool = False) -> str:
    """Decode bytes: as they claim where that can be, else as UTF-8, else as Chinese that claims nothing.

    A claim of single bytes fits whatever comes; UTF-8 does not fit by chance, so it goes before such.

    Args:
        is_cut: the end may be missing, in the middle of a letter.
    """
    named = charset.strip().strip("\"'").lower()
    claimed = _codec(_WIDER.get(named, named))
    for codec in _to_be_tried(data, claimed):
        try:
            return codecs.getincrementaldecoder(codec)("strict").decode(data, not is_cut)
        except UnicodeError:
            continue
    return data.decode(claimed or "cp1252", "replace")


def _to_be_tried(data: bytes, claimed: str | None) -> list[str]:
    if claimed is None:
        return ["utf-8", "gb18030"] if _PAIRED.search(data) else ["utf-8"]
    return ["utf-8", claimed] if _SINGLE.match(claimed) else [claimed, "utf-8"]


def _codec(name: str) -> str | None:
    """Give a codec for text by name; None: there is none."""
    try:
        "".encode(name or "none")
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return None


def unpacked(data: bytes, encoding: str) -> bytes:
    """Undo a Content-Transfer-Encoding; of what is cut off, as much as is whole."""
    if encoding == "quoted-printable":
        return quopri.decodestring(data)
    if encoding == "base64":
        kept = re.sub(rb"[^A-Za-z0-9+/]", b"", data.partition(b"=")[0])
        kept = kept[: len(kept) - 1] if len(kept) % 4 == 1 else kept
        return base64.b64decode(kept + b"=" * (-len(kept) % 4))
    return data


def header_text(raw: bytes) -> str:
    """Read a header's value: folded lines joined, encoded words decoded, on one line without control characters."""
    text = re.sub(r"\r?\n[ \t]?", " ", decoded(raw, ""))
    return one_line(_with_words_decoded(text))


def one_line(text: str) -> str:
    """Put a text on one line: white space is one space, other control characters are nothing."""
    spaced = re.sub(r"\s+", " ", text).strip()
    return "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cs"})


def _with_words_decoded(text: str) -> str:
    """Decode `=?charset?B?…?=`; what stands in words side by side is one text, even a letter that both share."""
    parts: list[str] = []
    run, charset, at = b"", "", 0
    for found in _ENCODED.finditer(text):
        between = text[at : found.start()]
        its, data = found[1].partition("*")[0].lower(), _word(found[2], found[3])
        if run and not between.strip() and its == charset:
            run += data
        else:
            parts += [decoded(run, charset), between if between.strip() or not run else ""]
            run, charset = data, its
        at = found.end()
    return "".join([*parts, decoded(run, charset), text[at:]])


def _word(encoding: str, text: str) -> bytes:
    if encoding in "qQ":
        return quopri.decodestring(text.encode("ascii", "replace").replace(b"_", b" "), header=True)
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return text.encode("ascii", "replace")


def block_text(text: str, limit: int) -> tuple[str, bool]:
    """Tidy a text of many lines, to so many characters; tells whether there was more."""
    lines = (line.rstrip() for line in re.split(r"\r\n|\r|\n", text))
    kept = "".join(c for c in "\n".join(lines) if c in "\n\t" or unicodedata.category(c) not in {"Cc", "Cs"})
    kept = re.sub(r"\n{4,}", "\n\n\n", kept).strip("\n ")
    return kept[:limit], len(kept) > limit
