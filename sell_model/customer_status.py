"""Customer and prospect status, which follow from a contact's deals. Source: a Zendesk employee's answer to users.

A won deal makes a current customer, who stays one until somebody marks them past by hand. Without a
won deal an active one makes a current prospect, and where all were lost or unqualified, a lost one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from sell_model.stages import outcome_of


@dataclass(frozen=True, slots=True)
class Status:
    """What a contact is to the business."""

    customer: Literal["none", "current", "past"] = "none"
    prospect: Literal["none", "current", "lost"] = "none"


def status_of(categories: Iterable[str], *, is_past: bool = False) -> Status:
    """Derive a contact's status.

    Args:
        categories: those of the stages in which the contact's deals stand.
        is_past: somebody marked them as a past customer, and they have won nothing since: deals won before
            do not count any more, but a new active deal makes them a prospect again.

    >>> status_of(["won", "custom"]), status_of(["lost", "quote"]), status_of(["lost", "unqualified"])
    (Status(customer='current', prospect='none'), Status(customer='none', prospect='current'), \
Status(customer='none', prospect='lost'))
    """
    outcomes = [outcome_of(category) for category in categories]
    if "won" in outcomes and not is_past:
        return Status("current", "none")
    others = [outcome for outcome in outcomes if outcome != "won"]
    prospect = "current" if None in others else "lost" if others else "none"
    return Status("past" if is_past else "none", prospect)  # type: ignore[arg-type]
