"""Leads that proved to be none: unqualified, with the reason."""

from __future__ import annotations

from hub import meant
from hub.activities import added_within
from hub.by_hand import by_hand
from hub.editing import UNQUALIFIED, Edited
from hub.opening import Hub
from hub.record_changes import changes_between, name_of
from hub.records import shown_id
from sell_model.errors import SetupError
from storage import roster
from storage.named_rows import named_rows


def unqualify(
    hub: Hub,
    id_: int,
    reason: str | None = None,
    *,
    new_reason: bool = False,
    note: str | None = None,
    by: str | None = None,
    dry_run: bool = False,
) -> Edited:
    """Set a lead's status to Unqualified by hand, and why it is that.

    Args:
        reason: one that is known, whatever its case; None: none is given.
        new_reason: make it one where it is not.
        note: a note to keep at the lead.

    Raises:
        SetupError: there is no such lead or reason, or `[hub] require_reasons` asks for one.
    """
    with by_hand(hub, "lead unqualify", by=by, dry_run=dry_run) as hand:
        hand.standing("lead", id_)
        if reason is None and hub.settings.hub.require_reasons:
            known = ", ".join(sorted(roster.named(hand.db, "unqualified_reason", "lead")))
            raise SetupError(
                f"{shown_id('lead', id_)} cannot be unqualified without a reason: [hub] require_reasons = true",
                fix=f"say why: --reason REASON; reasons: {known or 'none yet, make one with --new-reason'}",
            )
        before = named_rows(hand.db, "lead", [id_])[id_]
        found = meant.reason_meant(hand.db, "lead", reason, hand.now, new=new_reason) if reason else None
        hand.edit("lead", id_, {"status": UNQUALIFIED, "unqualified_reason_id": found})
        after = named_rows(hand.db, "lead", [id_])[id_]
        notes = []
        if note:
            added_within(hand, "note", {"content": note}, ("lead", id_))
            notes.append("a note was kept at it")
        changes = list(changes_between("lead", before, after))
        return Edited("lead", id_, name_of(after), changes, ["status", "unqualified_reason"], [], notes)
