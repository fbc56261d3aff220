"""Which letters are taken as the same: the one rule by which text is compared, in Python and in SQL.

Each letter of what was typed stands for itself, its small and its capital form, in every script; nothing else
is folded (`ß` is not `ss`). The rule is by single letters, so that each database can follow it exactly.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, TypeAlias

Place: TypeAlias = Literal["whole", "start", "anywhere"]
"""Where a text is looked for in another: it is all of it, begins it, or stands in it."""


def forms(letter: str) -> str:
    """Give the letters that one letter stands for, itself among them.

    >>> forms("é"), forms("ß"), forms("7")
    ('Éé', 'ß', '7')
    """
    return "".join(sorted(form for form in {letter, letter.lower(), letter.upper()} if len(form) == 1))


@lru_cache(maxsize=1_000)
def pattern(text: str, place: Place) -> re.Pattern[str]:
    """Make the expression that finds a text by the rule above.

    >>> bool(pattern("müller", "start").match("MÜLLER & Co")), bool(pattern("a", "whole").match("ab"))
    (True, False)
    """
    before = ".*" if place == "anywhere" else ""
    after = r"\Z" if place == "whole" else ""
    letters = "".join(f"[{re.escape(forms(letter))}]" for letter in text)
    return re.compile(f"{before}{letters}{after}", re.DOTALL)
