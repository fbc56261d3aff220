"""Pairs that may be one: what weighed evidence found, and what people said of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from storage.hot import Writer
from storage.streams import json_text


@dataclass(frozen=True, slots=True)
class Asked:
    """Two people, or two companies, that may be one; `one_id` is the lower."""

    sort: str
    one_id: int
    other_id: int
    bits: float
    guard: str
    """Why they are not joined without a person; empty: the evidence alone does not suffice."""
    parts: Sequence[Sequence[Any]]
    """Comparison, level, bits; the prior first."""


def ask(db: Writer, asked: Iterable[Asked], run_id: int, now: str) -> None:
    """Put pairs before people; what was said of a pair stands, an open one is asked anew with what is known now."""
    pairs = {(each.sort, each.one_id, each.other_id): each for each in asked if each.one_id != each.other_id}
    columns = "sort, one_id, other_id, bits, guard, parts, state, run_id, asked_at"
    db.many(
        f"INSERT INTO duplicate ({columns}) VALUES (?, ?, ?, ?, ?, ?, 'open', ?, ?) "
        "ON CONFLICT (sort, one_id, other_id) DO UPDATE SET bits = excluded.bits, guard = excluded.guard, "
        "parts = excluded.parts WHERE duplicate.state = 'open'",
        [
            (a.sort, a.one_id, a.other_id, round(a.bits, 3), a.guard, json_text(list(a.parts)), run_id, now)
            for a in pairs.values()
        ],
    )
