"""What must hold of a deal to leave its stage forward: a filter in the language of smart lists."""

from __future__ import annotations

from hub.by_hand import Hand
from hub.filters import context_of, stored_filter
from hub.records import with_amount
from sell_model.filters import failing
from storage.judged import judged


def unmet(hand: Hand, deal_id: int, criteria: str) -> list[str]:
    """Say which parts of the criteria do not hold of a deal just now.

    Raises:
        SetupError: the criteria ask for a field that is gone.
    """
    tree = stored_filter(hand.hub, hand.db, "deal", criteria)
    record = with_amount(judged(hand.db, "deal", deal_id))
    return failing(tree, record, context_of(hand.hub, hand.db, hand.by))
