"""How people write which record and which activity they mean: `L-17`, `N-4`."""

from __future__ import annotations

import re

from sell_model.activities import ACTIVITIES, ActivityKind
from sell_model.errors import SetupError
from storage.looking_through import Place

_RECORD = re.compile(r"([LCDlcd])-(\d{1,18})")
_KINDS = {"l": "lead", "c": "contact", "d": "deal"}
_ID = re.compile(r"(?:([A-Za-z]+)-)?(\d{1,18})")


def read_record(text: str) -> Place:
    """Read which record is meant: `L-17`, `C-5`, `D-3`.

    Raises:
        SetupError: it does not say of which type.
    """
    found = _RECORD.fullmatch(text.strip())
    if found is None:
        raise SetupError(
            f"{text!r} does not say which record", fix="write L-17 for a lead, C-5 for a contact, D-3 for a deal"
        )
    return _KINDS[found[1].lower()], int(found[2])


def activity_id(kind: str, id_: int) -> str:
    """Write an activity's id as people read it.

    >>> activity_id("note", 4)
    'N-4'
    """
    return f"{ACTIVITIES[kind].prefix}-{id_}" if kind in ACTIVITIES else f"S-{id_}"


def read_activity_id(kind: ActivityKind, text: str) -> int:
    """Read an activity's id as people write it: `4` or `N-4`.

    Raises:
        SetupError: not an id, or that of another kind.
    """
    found = _ID.fullmatch(text.strip())
    if found is None or (found[1] or ACTIVITIES[kind].prefix).upper() != ACTIVITIES[kind].prefix:
        raise SetupError(f"{text!r} is not the id of a {kind}", fix=f"sellhub {kind} list")
    return int(found[2])
