"""From what a source says of an activity to the columns of its row. Pure: no database, no clock.

What people did to it by hand stays until the source changes that very column: then the source's word stands.
"""

from __future__ import annotations

from dataclasses import dataclass

from hub.batch import Resolved
from sell_model.activities import ACTIVITIES
from sell_model.draft import Draft, Reason
from sell_model.targets import PLACES, TARGETS
from sell_model.types import JsonObject
from storage.canonical import COLUMNS, CanonicalRow
from storage.looking_through import Place

ADDED_AT = "created_at"
"""The column that says when a task was added."""
_REFS = {"user": "user_id", "owner": "owner_id", "outcome": "outcome_id"}
_DONE_AT: dict[str, str | None] = {kind: rule.done_at for kind, rule in ACTIVITIES.items()}
"""Kind → the column that says when it was done; None: a task, which is added first and done later."""
_FALSE = frozenset({"is_important", "completed", "incoming", "missed"})
"""Columns that hold no where nothing is said."""


@dataclass(frozen=True, slots=True)
class Saying:
    """What a source says of one activity, and where it comes from."""

    draft: Draft
    source: str
    source_id: str
    moment: str
    """When the source changed it, or else when it came: for what it says no time of."""

    def columns(self) -> JsonObject:
        """Give what it says, by column."""
        kind, fields = self.draft.record_type, self.draft.fields
        said = {name: fields.get(name) for name in TARGETS[kind].fields if name in COLUMNS[kind]}
        if kind == "ticket":
            said |= {"source": self.source, "external_id": fields.get("external_id") or self.source_id}
        if kind == "task":
            said[ADDED_AT] = fields.get("added_at")
        return {name: bool(value) if name in _FALSE else value for name, value in said.items()}


def place_of(kind: str, resolved: Resolved) -> Place | None:
    """Tell where an activity stands: at its deal, else its person, else its company; a call at no deal."""
    deal, company = resolved.ids.get("deal_id"), resolved.ids.get("organization_id")
    if deal is not None and kind != "call":
        return ("deal", deal)
    if resolved.person is not None:
        return resolved.person
    return ("contact", company) if company is not None else None


def same_places(before: Draft | None, now: Draft) -> bool:
    """Whether two drafts are about the same person, company and deal."""
    return before is not None and all(before.refs.get(name) == now.refs.get(name) for name in PLACES)


def row_of(saying: Saying, resolved: Resolved, row: CanonicalRow | None, before: Saying | None) -> CanonicalRow:
    """Compute an activity's columns, but for where it stands.

    Args:
        row: as it stands; None: it is new.
        before: what its source said last; None: nothing that is known.
    """
    kind, said = saying.draft.record_type, saying.columns()
    after: CanonicalRow = dict(row) if row is not None else dict.fromkeys(COLUMNS[kind])
    said_before = before.columns() if row is not None and before is not None else {}
    for name, value in said.items():
        if name not in said_before or said_before[name] != value:
            after[name] = value
    _refer(after, saying.draft, resolved, before.draft if said_before and before is not None else None)
    if kind == "call":
        deal = resolved.ids.get("deal_id")
        kept = (row or {}).get("associated_deal_ids") if before and same_places(before.draft, saying.draft) else None
        after["associated_deal_ids"] = [deal] if deal is not None else kept or []
    _date(after, kind, saying, row)
    return after


def _refer(after: CanonicalRow, draft: Draft, resolved: Resolved, before: Draft | None) -> None:
    """Point to users and outcomes; what points already and is named as before keeps pointing."""
    for name, column in _REFS.items():
        if column not in after:
            continue
        same = before is not None and before.refs.get(name) == draft.refs.get(name)
        if not same or after[column] is None:
            after[column] = resolved.ids.get(column)


def _date(after: CanonicalRow, kind: str, saying: Saying, row: CanonicalRow | None) -> None:
    """Give what has no time of its own the one that it has already, else that of its source's change."""
    before = row or {}
    if kind == "task":
        after[ADDED_AT] = after[ADDED_AT] or before.get(ADDED_AT) or saying.moment
        done = after["completed_at"] or before.get("completed_at") or saying.moment
        after["completed_at"] = done if after["completed"] else None
    elif done_at := _DONE_AT.get(kind):
        after[done_at] = after[done_at] or before.get(done_at) or saying.moment


def lies_ahead(draft: Draft, now: str) -> Reason | None:
    """Say why an activity cannot be: it was done at a time that has not come. It is released when that has come."""
    name = _DONE_AT.get(draft.record_type) or "completed_at"
    moment = draft.fields.get(name)
    if moment is None or moment <= now:
        return None
    return Reason(
        name,
        moment,
        "lies in the future: what is planned is a task",
        "nothing to do: it is taken in when that time has come; or map it to a task by `only_if`",
        AHEAD,
    )


AHEAD = "ahead"
"""Code of what is held until its time has come; the reason's value is that time."""
