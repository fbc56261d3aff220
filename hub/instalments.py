"""Cloning a deal: into dated instalments that add up to the whole, or a plain copy beside it.

The deal that is split becomes part 1 itself, its value the first share: no total counts both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from hub.by_hand import Hand, by_hand
from hub.opening import Hub
from hub.records import shown_id
from sell_model import plans
from sell_model.draft import Draft, Ref
from sell_model.errors import SetupError
from sell_model.instalments import Every, dates, part_name, split
from sell_model.money import from_minor
from sell_model.types import TEXT_LENGTH, JsonObject
from storage import stories
from storage.canonical import CanonicalRow
from storage.hand_edits import HandEdit
from storage.instalments import PartRow, deals_of_contact, parts_of

_SAME = ("hot", "customized_win_likelihood", "description", "tags", "custom_fields", "added_by")
"""What a clone has of its deal as it stands, beside value, dates and what it points to."""
_POINTS = ("owner_id", "source_id", "loss_reason_id", "unqualified_reason_id", "value_basis")
"""What it has by our own ids, or as the process made it."""
COPY = "copy"
_BOUND = frozenset({"value_minor", "currency", "part", "parts", "cloned_from_id", "value_basis"})


@dataclass(frozen=True, slots=True)
class Split:
    """Into what a deal is to be split."""

    parts: int
    every: Every = "month"
    first: date | None = None
    """The first instalment's date; None: the deal's own close date, else today."""


@dataclass(frozen=True, slots=True)
class Cloned:
    """A deal and what was cloned of it, in order."""

    deals: tuple[PartRow, ...]
    parts: int | None
    """None: it was copied, not split."""
    already: bool
    """It was split so before: nothing was stored."""
    run_id: int | None

    def to_json(self) -> JsonObject:
        """Give the object that `deal clone --json` prints."""
        return {"deals": [_part_json(row) for row in self.deals], "parts": self.parts, "already": self.already}


def _part_json(row: PartRow) -> JsonObject:
    return {
        "id": row.id,
        "name": row.name,
        "part": row.part or None,
        "value": None if row.value_minor is None else from_minor(row.value_minor, row.currency),
        "currency": row.currency,
        "estimated_close_date": row.estimated_close_date,
    }


def clone(hub: Hub, deal_id: int, into: Split | None, *, by: str | None = None, dry_run: bool = False) -> Cloned:
    """Split a deal into instalments, or copy it.

    Args:
        into: None: a plain copy, with the same value.

    Raises:
        SetupError: no such deal, it is a part itself, it was split otherwise, or it cannot be shared out so.
    """
    with hub.store.read() as db:
        standing = parts_of(db, deal_id)
    if into and len(standing) > 1:
        return _split_before(deal_id, standing, into)
    with by_hand(hub, "deal clone", by=by, dry_run=dry_run) as hand:
        deal = hand.standing("deal", deal_id)
        _expect_whole(deal)
        if into is None:
            rows = _copied(hand, deal)
        elif deal["parts"]:  # somebody else split it between our look and our lock
            return _split_before(deal_id, parts_of(hand.db, deal_id), into)
        else:
            _expect_room(hand, deal, into.parts - 1)
            rows = _split(hand, deal, into)
    return Cloned(tuple(rows), into.parts if into else None, False, None if dry_run else hand.run_id)


def _split_before(deal_id: int, standing: list[PartRow], into: Split) -> Cloned:
    told = ", ".join(shown_id("deal", row.id) for row in standing[:12]) + (", …" if len(standing) > 12 else "")
    if len(standing) == into.parts:
        return Cloned(tuple(standing), into.parts, True, None)
    raise SetupError(
        f"{shown_id('deal', deal_id)} is already split into {len(standing)} parts: {told}",
        fix=f"take that back first: sellhub deal unclone {shown_id('deal', deal_id)}",
    )


def _expect_whole(deal: CanonicalRow) -> None:
    if deal["part"] and deal["part"] > 1:
        its, whole = shown_id("deal", deal["id"]), shown_id("deal", deal["cloned_from_id"])
        raise SetupError(
            f"{its} is part {deal['part']} of {deal['parts']} of {whole}: a part is not split again",
            fix=f"see the whole: sellhub deal show {whole}",
        )


def _expect_room(hand: Hand, deal: CanonicalRow, more: int) -> None:
    plan = hand.hub.settings.hub.plan
    if plan is not None and deal["contact_id"] is not None:
        plans.check(plan, "deals of a contact", deals_of_contact(hand.db, deal["contact_id"]) + more)


def bound_by_split(held: Mapping[str, HandEdit]) -> frozenset[str]:
    """Give the columns of a deal whose hand edits stay while it is split: released, the whole would count twice."""
    return _BOUND if "part" in held and held["part"].value is not None else frozenset()


def still_split(deal_id: int) -> SetupError:
    """Say why a deal's value is not released to its source."""
    its = shown_id("deal", deal_id)
    return SetupError(
        f"{its} is one of several instalments: with its source's value the whole would count twice",
        fix=f"take the split back first: sellhub deal unclone {its}",
    )


def _split(hand: Hand, deal: CanonicalRow, into: Split) -> list[PartRow]:
    shares = _shares(deal, into.parts)
    days = _days(hand.hub, deal, into)
    own: dict[str, Any] = {"value_minor": shares[0], "currency": deal["currency"], "part": 1, "parts": into.parts}
    if deal["estimated_close_date"] != str(days[0]):
        own["estimated_close_date"] = str(days[0])
    hand.edit("deal", deal["id"], own)
    for number in range(2, into.parts + 1):
        fields = {
            "name": part_name(deal["name"], number, into.parts, TEXT_LENGTH),
            "value": from_minor(shares[number - 1], deal["currency"]),
            "estimated_close_date": str(days[number - 1]),
            "added_at": deal["added_at"] or deal["created_at"],
            "last_stage_change_at": deal["last_stage_change_at"],
        }
        _add(hand, deal, fields, {"part": number, "parts": into.parts})
    return parts_of(hand.db, deal["id"])


def _shares(deal: CanonicalRow, parts: int) -> list[int]:
    its = shown_id("deal", deal["id"])
    if deal["value_minor"] is None:
        raise SetupError(
            f"{its} has no value: there is nothing to share out",
            fix=f"give it one: sellhub deal edit {its} value=AMOUNT currency=CODE",
        )
    try:
        return split(deal["value_minor"], parts)
    except ValueError as error:
        value = f"{from_minor(deal['value_minor'], deal['currency'])} {deal['currency']}"
        raise SetupError(
            f"{its}, {value}, cannot be split into {error}", fix="choose another number for --parts"
        ) from error


def _days(hub: Hub, deal: CanonicalRow, into: Split) -> list[date]:
    close = deal["estimated_close_date"]
    own = date.fromisoformat(close) if close else hub.clock().astimezone(ZoneInfo(hub.context.timezone)).date()
    try:
        return dates(into.first or own, into.every, into.parts)
    except ValueError as error:
        raise SetupError(str(error), fix="choose fewer parts, or an earlier --first-date") from error


def _copied(hand: Hand, deal: CanonicalRow) -> list[PartRow]:
    value = None if deal["value_minor"] is None else from_minor(deal["value_minor"], deal["currency"])
    name = f"{deal['name'][: TEXT_LENGTH - 7]} ({COPY})"
    fields = {"name": name, "value": value, "estimated_close_date": deal["estimated_close_date"]}
    id_ = _add(hand, deal, fields, {})
    made = PartRow(id_, 0, name, deal["value_minor"], deal["currency"], deal["estimated_close_date"])
    of = PartRow(deal["id"], 0, deal["name"], made.value_minor, made.currency, made.estimated_close_date)
    return [of, made]


def _add(hand: Hand, deal: CanonicalRow, fields: dict[str, Any], process: dict[str, int]) -> int:
    """Make a deal of another one: the same contacts, stage, owner, tags and custom fields."""
    given = {**{name: deal[name] for name in _SAME}, **fields}
    if given["value"] is not None:
        given["currency"] = deal["currency"]
    draft = Draft("deal", {name: value for name, value in given.items() if value is not None}, dict(_refs(deal)))
    if beside := stories.beside(hand.db, deal["id"]):
        draft.children["associated_contacts"] = [_associated(each) for each in beside]
    id_ = hand.add(draft)
    points = {name: deal[name] for name in _POINTS if deal[name] is not None}
    hand.edit("deal", id_, {**points, "cloned_from_id": deal["id"], **process})
    return id_


def _refs(deal: CanonicalRow) -> Iterable[tuple[str, Ref]]:
    for name, lookup, column in (
        ("contact", "contact", "contact_id"),
        ("company", "company", "organization_id"),
        ("stage", "stage", "stage_id"),
    ):
        if deal[column] is not None:
            yield name, Ref(lookup, str(deal[column]))  # type: ignore[arg-type]


def _associated(each: stories.Beside) -> Draft:
    fields = {"role": each.role, "is_primary": each.is_primary}
    return Draft(
        "association",
        {name: value for name, value in fields.items() if value is not None},
        {"contact": Ref("contact", str(each.contact_id))},
    )
