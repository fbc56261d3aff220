"""What can be wrong with a mapping file, and with one value that goes through it.

MappingError   stop: the file must be changed; it carries every fault with its line and column
StepError      hold this record: a step cannot read the value that stands there
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sell_model.errors import RecordError, SetupError


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong (`error`) or worth knowing (`note`) in a mapping file.

    Lines and columns count from 1. Its text is what an editor or a terminal can jump to:
    `mappings/crm/contacts.lead.yaml:14:11  field phone: …`.
    """

    file: str
    line: int
    column: int
    message: str
    suggestion: str = ""
    """The nearest right spelling, or the way out; empty when there is none to give."""
    level: Literal["error", "note"] = "error"

    def __str__(self) -> str:
        hint = f"\n  try: {self.suggestion}" if self.suggestion else ""
        return f"{self.file}:{self.line}:{self.column}  {self.message}{hint}"

    def to_json(self) -> dict[str, Any]:
        """Give the JSON form that `map check --json` prints."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "level": self.level,
            "message": self.message,
            "suggestion": self.suggestion,
        }


class MappingError(SetupError):
    """A mapping file that cannot be used. Its text lists every fault; `faults` holds them apart."""

    def __init__(self, faults: Sequence[Fault], *, fix: str = "") -> None:
        super().__init__("\n".join(str(fault) for fault in faults), fix=fix or faults[0].suggestion)
        self.faults = tuple(faults)

    @property
    def file(self) -> str:
        """The file of the first fault."""
        return self.faults[0].file

    @property
    def line(self) -> int:
        """The line of the first fault, from 1."""
        return self.faults[0].line

    @property
    def column(self) -> int:
        """The column of the first fault, from 1."""
        return self.faults[0].column

    @property
    def suggestion(self) -> str:
        """The way out of the first fault."""
        return self.faults[0].suggestion


class StepError(RecordError):
    """A value that a step cannot take.

    Args:
        text: what is wrong with it, without its name: "not a phone number in region US".
        fix: the way out; empty: the general one, which names the mapping file and the field.
        code: stable and short, to group held records by.
    """

    def __init__(self, text: str, *, fix: str = "", code: str = "invalid") -> None:
        super().__init__(text, fix=fix)
        self.code = code


def nearest(word: str, words: Iterable[str]) -> str:
    """Give the known word that looks most like a misspelt one, or an empty text.

    >>> nearest("phnoe", ["email", "phone"])
    'phone'
    """
    known = {each.lower(): each for each in words}
    found = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.55)
    return known[found[0]] if found else ""
