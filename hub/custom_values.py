"""Custom values under today's names: drafts and hand edits may have been kept before a field was renamed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sell_model.custom_fields import CUSTOM, Changes
from sell_model.draft import Draft
from storage.canonical import CanonicalRow
from storage.hand_edits import HandEdit


def draft_today(draft: Draft, changes: Changes) -> Draft:
    """Give a draft with its custom values under today's names and choices; what is kept of it stays as it is."""
    values = draft.fields.get("custom_fields")
    today = changes.applied(values) if values else values
    return draft if today is values else replace(draft, fields={**draft.fields, "custom_fields": today})


def row_today(row: CanonicalRow, changes: Changes) -> CanonicalRow:
    """Give a row that nothing feeds any more with its custom values under today's names and choices."""
    values = row.get("custom_fields")
    today = changes.applied(values) if values else values
    return row if today is values else {**row, "custom_fields": today or None}


def edits_today(edits: Mapping[str, HandEdit], changes: Changes) -> dict[str, HandEdit]:
    """Give a record's hand edits under today's names and choices; one under today's name holds over a former one.

    A choice that was taken out leaves the field blank, and the edit holds it so.
    """
    today: dict[str, HandEdit] = {}
    for name, edit in sorted(edits.items(), key=lambda pair: pair[0].removeprefix(CUSTOM) not in changes.names):
        if not name.startswith(CUSTOM):
            today[name] = edit
        elif (known := changes.name(name.removeprefix(CUSTOM))) is not None:
            today[f"{CUSTOM}{known}"] = replace(edit, field=f"{CUSTOM}{known}", value=changes.value(known, edit.value))
    return today
