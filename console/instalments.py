"""`sellhub deal clone`, `deal unclone` and `deal basis`: contracts paid in parts, and what a value is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from cyclopts import Parameter

from console.telling import tell, tell_json, tell_next, tell_table

if TYPE_CHECKING:
    from datetime import date

    from hub.instalments import Cloned
    from storage.instalments import PartRow

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]
SHOWN = 30
"""Instalments that a table shows; JSON has all."""


def deal_clone(
    id_: str,
    /,
    *,
    parts: int | None = None,
    every: Literal["week", "month", "quarter", "year"] = "month",
    first_date: str | None = None,
    by: str | None = None,
    dry_run: Flag = False,
    json: Flag = False,
) -> None:
    """Split a deal into dated instalments whose sum is the whole; without --parts, copy it.

    Args:
        id_: The deal's number, with or without its letter: 5, D-5.
        parts: How many instalments; the deal itself becomes the first.
        every: How far apart they lie.
        first_date: The first one's date; left out: the deal's close date, else today.
        by: Who does it: an address; left out: SELLHUB_USER, else the login name.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    from hub import records
    from hub.instalments import Split, clone
    from hub.opening import open_hub

    into = Split(parts, every, _day(first_date)) if parts is not None else None
    number = records.read_id("deal", id_)
    with open_hub() as hub:
        cloned = clone(hub, number, into, by=by, dry_run=dry_run)
    if json:
        tell_json({**cloned.to_json(), "dry_run": dry_run})
        return
    _tell_cloned(cloned, number, dry_run=dry_run)


def _day(text: str | None) -> date | None:
    from datetime import date

    from sell_model.errors import SetupError

    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError as error:
        raise SetupError(f"--first-date {text!r} is not a date", fix="write it like 2027-01-31") from error


def _tell_cloned(cloned: Cloned, number: int, *, dry_run: bool) -> None:
    from hub.records import shown_id
    from sell_model.money import from_minor

    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    its = shown_id("deal", number)
    if cloned.already:
        tell(f"{its} is already split into {cloned.parts} parts; nothing was changed")
    elif cloned.parts is None:
        tell(f"{its} was copied: both deals have the whole value, and totals count both")
    else:
        total, currency = sum(row.value_minor for row in cloned.deals), cloned.deals[0].currency
        tell(f"{its} split into {cloned.parts} parts, together {from_minor(total, currency)} {currency}")
    rows = [(shown_id("deal", row.id), row.name, _value(row), row.estimated_close_date) for row in cloned.deals]
    tell_table(("id", "name", "value", "closes"), rows if len(rows) <= SHOWN else [*rows[: SHOWN - 1], rows[-1]])
    if len(rows) > SHOWN:
        tell(f"{len(rows) - SHOWN} more between the last two; all of them: --json")
    tell_next(f"sellhub deal show {shown_id('deal', cloned.deals[-1].id)}")
    if cloned.parts is None and not dry_run:
        tell_next(f"sellhub deal clone {its} --parts 12      (to split it instead, delete the copy first)")


def _value(row: PartRow) -> str:
    from sell_model.money import from_minor

    return "–" if row.value_minor is None else f"{from_minor(row.value_minor, row.currency)} {row.currency}"


def deal_unclone(id_: str, /, *, by: str | None = None, dry_run: Flag = False, json: Flag = False) -> None:
    """Take a split back: the deal has the whole value again, its instalments are deleted.

    Args:
        id_: The number of the deal that was split, with or without its letter: 5, D-5.
        by: Who does it: an address; left out: SELLHUB_USER, else the login name.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    from hub import records
    from hub.opening import open_hub
    from hub.uncloning import unclone

    number = records.read_id("deal", id_)
    with open_hub() as hub:
        whole = unclone(hub, number, by=by, dry_run=dry_run)
    if json:
        tell_json({**whole.to_json(), "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    its = records.shown_id("deal", number)
    tell(f"{its} is whole again: {whole.value} {whole.currency}; {len(whole.deleted)} instalments deleted")
    tell_next(f"sellhub deal show {its}")


def deal_basis(
    id_: str,
    basis: Literal["mrr", "contract_total"],
    /,
    *,
    value: str | None = None,
    by: str | None = None,
    dry_run: Flag = False,
    json: Flag = False,
) -> None:
    """Say what a deal's value is: monthly recurring revenue, or the contract's total.

    Args:
        id_: The deal's number, with or without its letter: 5, D-5.
        basis: mrr or contract_total.
        value: The value of that basis, in the deal's currency; left out: the number stays.
        by: Who does it: an address; left out: SELLHUB_USER, else the login name.
        dry_run: Tell what would be done.
        json: Print one object.
    """
    from hub import records
    from hub.opening import open_hub
    from hub.value_basis import set_basis

    number = records.read_id("deal", id_)
    with open_hub() as hub:
        done = set_basis(hub, number, basis, value, by=by, dry_run=dry_run)
    if json:
        tell_json({**done.to_json(), "dry_run": dry_run})
        return
    if dry_run:
        tell("DRY RUN: this is what would happen; nothing was stored")
    before = f", was {done.before}" if done.before not in (None, done.value_basis) else ""
    tell(f"{records.shown_id('deal', number)}: {done.value} {done.currency}, {done.value_basis}{before}")
    tell_next("sellhub report recurring")
