"""Qualification: what must hold of a lead before it becomes a contact, as `[hub] qualification` says."""

from __future__ import annotations

from hub.by_hand import Hand
from hub.filters import context_of, stored_filter
from hub.records import shown_id
from sell_model.errors import SetupError
from sell_model.filters import failing
from storage.judged import judged


def unqualified_because(hand: Hand, lead_id: int) -> list[str]:
    """Say which parts of the qualification do not hold of a lead; where `criteria = "refuse"`, refuse.

    Raises:
        SetupError: they do not hold and must, or the filter cannot be read.
    """
    settings = hand.hub.settings.hub
    if not settings.qualification:
        return []
    try:
        tree = stored_filter(hand.hub, hand.db, "lead", settings.qualification)
    except SetupError as error:
        raise SetupError(f"[hub] qualification in hub.toml: {error}", fix=error.fix) from error
    parts = failing(tree, judged(hand.db, "lead", lead_id), context_of(hand.hub, hand.db, hand.by))
    if parts and settings.criteria == "refuse":
        its = shown_id("lead", lead_id)
        raise SetupError(
            f"{its} is not qualified: {'; '.join(parts)}: does not hold",
            fix=f"see it: sellhub lead show {its}; correct the lead, or [hub] qualification and criteria in hub.toml",
        )
    return [f"not qualified: {part}: does not hold" for part in parts]
