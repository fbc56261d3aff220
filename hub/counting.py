"""In which of a run's counts a source record falls."""

from __future__ import annotations

from hub.batch import Item


def outcome_of(item: Item) -> str:
    """Tell in which of the counts an item falls."""
    if item.held:
        return "held"
    if item.is_gone and item.known is not None:
        return "updated"
    if "skipped" in item.made:
        return "skipped"
    if item.links:
        return "unchanged" if _says_the_same(item) and "ranked" not in item.made else "updated"
    for made in ("created", "merged", "updated"):
        if made in item.made:
            return made
    return "skipped"


def _says_the_same(item: Item) -> bool:
    now = {mapping: draft.to_json() for mapping, draft in item.drafts.items()}
    return not item.is_revived and now == item.standing
