"""Which encoding a CSV file is in, and how its text is opened.

The whole file is looked at before the first row is given: a Latin-1 name on the last line must not come as
a surprise after half the file is stored. Decoding costs about a twentieth of parsing.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from connectors.errors import SetupError

BLOCK = 1 << 20
HEAD = 1 << 16
LONGEST_LINE = 32 << 20
"""Characters without a line break after which a file is not taken for CSV."""

_JUDGED = 2_000
"""Lines with accents that decide between UTF-8 and a code page."""

MARKED = "sellhub-csv-marked"
"""Error handler for decoding: an unreadable byte 0xNN becomes U+DCNN, which no valid text contains."""

LONE = re.compile("[\udc00-\udcff]")
"""Finds what `MARKED` left."""

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_TEXT = (
    (b"PK\x03\x04", "an Excel workbook or another zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "compressed with gzip"),
    (b"%PDF", "a PDF"),
)
_LEGACY = ("cp1252 gb18030 cp932 cp949 big5 cp1250 cp1251 cp1253 cp1254 cp1255 cp1256 mac_roman koi8_r euc_jp").split()
"""The code pages that spreadsheets save in, the likelier first where the evidence is equal."""


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a file's bytes become text."""

    name: str
    """A Python codec."""
    why: str
    """How we know, for a person: `byte order mark`, `set`, `every byte fits`, `a guess` …"""
    readable: bool
    """Every byte can be read."""
    has_nul: bool
    """There is a NUL character somewhere."""

    @property
    def clean(self) -> bool:
        """Whether rows need not be searched for what cannot be read or kept."""
        return self.readable and not self.has_nul


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(MARKED, _mark)


def open_text(path: Path, encoding: str) -> TextIO:
    """Open a file for the csv module: line ends as they are, unreadable bytes as `MARKED` leaves them."""
    return path.open(encoding=encoding, errors=MARKED, newline="")


def detect_encoding(path: Path, wanted: str | None) -> Encoding:
    """Find the encoding: as set; else by byte order mark, UTF-16's pattern, UTF-8's rules, or a guess.

    A file whose bytes fit UTF-8 but for a few lines is UTF-8 with broken cells; one whose lines with accents
    mostly do not fit is in a code page of old, which charset-normalizer names.

    Raises:
        SetupError: empty, not text, contradicting `wanted`, or in no encoding that can be told.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    _refuse_what_is_not_csv(path, head)
    found = _by_mark(path, head, wanted) or ((wanted, "set") if wanted else _by_pattern(head))
    if found:
        return _surveyed(path, *found)
    encoding = _surveyed(path, "utf-8", "every byte fits")
    return encoding if encoding.readable else _utf8_or_legacy(path)


def _refuse_what_is_not_csv(path: Path, head: bytes) -> None:
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"):
        raise SetupError(f"{path} is empty", fix="export it again; row 1 must name the columns")
    for magic, what in _NOT_TEXT:
        if head.startswith(magic):
            raise SetupError(
                f"{path} is {what}, not CSV", fix="save it as CSV (in Excel: «CSV UTF-8»), then import that"
            )


def _by_mark(path: Path, head: bytes, wanted: str | None) -> tuple[str, str] | None:
    for mark, name in _BOMS:
        if head.startswith(mark):
            family = name.removesuffix("-sig")
            if wanted and not codecs.lookup(wanted).name.startswith(family):
                raise SetupError(
                    f"{path} begins with the mark of {family.upper()}, but encoding is set to {wanted!r}",
                    fix="leave `encoding` out",
                )
            return name, "byte order mark"
    return None


def _by_pattern(head: bytes) -> tuple[str, str] | None:
    """Tell UTF-16 without a mark: ASCII, which every CSV has for separators, leaves NULs on one side only."""
    head = head[: len(head) // 2 * 2]
    for name, side in (("utf-16-le", 1), ("utf-16-be", 0)):
        mine, other = head[side::2].count(0), head[1 - side :: 2].count(0)
        if mine * 40 > len(head) and mine > other * 4 and _reads_as_lines(head, name):
            return name, "pattern of its bytes"
    return None


def _reads_as_lines(head: bytes, encoding: str) -> bool:
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head)
    return "\n" in text or "\r" in text or text.isascii()


def _surveyed(path: Path, name: str, why: str) -> Encoding:
    """Decode the whole file once, keeping nothing but what was found."""
    make = codecs.getincrementaldecoder(name)
    decoder, readable, has_nul, run = make("strict"), True, False, 0
    for block in _blocks(path):
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError:
            readable, decoder = False, make(MARKED)
            text = decoder.decode(block)
        has_nul = has_nul or "\0" in text
        run = 0 if "\n" in text or "\r" in text else run + len(text)
        if run > LONGEST_LINE:
            raise SetupError(
                f"{path} has no line break in {LONGEST_LINE >> 20} million characters: it is not CSV",
                fix="check which file this is, and the setting `encoding` if it is set",
            )
    return Encoding(name, why, readable, has_nul)


def _blocks(path: Path) -> Iterator[bytes]:
    """Give the file in blocks, then an empty one, which tells a decoder that the end has come."""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block
    yield b""


def _utf8_or_legacy(path: Path) -> Encoding:
    fitting, unfit = 0, list[bytes]()
    for line in _accented_lines(path):
        if _is_utf8(line):
            fitting += 1
        else:
            unfit.append(line[:4096])
        if fitting + len(unfit) >= _JUDGED:
            break
    if fitting >= len(unfit):
        return _surveyed(path, "utf-8", "all but some lines fit")
    return _surveyed(path, _guess(path, b"".join(unfit)[:HEAD]), "a guess by charset-normalizer")


def _accented_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while line := file.readline(BLOCK):
            if not line.isascii():
                yield line


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _guess(path: Path, sample: bytes) -> str:
    """Let charset-normalizer name the code page; of equals, the one more spreadsheets write.

    A short sample is repeated: below some hundred bytes its measure of disorder is blunt.
    """
    from charset_normalizer import from_bytes

    sample *= max(1, 4096 // len(sample))
    ranked = sorted(
        (round(match.chaos, 2), -round(match.coherence, 2), _LEGACY.index(name), name)
        for match in from_bytes(sample, cp_isolation=_LEGACY)
        for name in match.could_be_from_charset
        if name in _LEGACY
    )
    if not ranked:
        raise SetupError(
            f"{path} is neither UTF-8 nor UTF-16, nor in a code page that can be told from its bytes",
            fix='set `encoding` (as in encoding = "cp1252"), or save the file as UTF-8',
        )
    return ranked[0][-1]
