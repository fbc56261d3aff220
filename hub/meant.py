"""What people mean by the names and ids they type: owners and pools, contacts, statuses, reasons."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import TypeVar

from hub.batch import Kind
from hub.by_hand import Hand
from hub.filters import STATUSES
from hub.finding_stages import nearest
from hub.records import read_id, shown_id
from hub.tagging import checked_tag
from sell_model.draft import Reason
from sell_model.errors import SetupError
from sell_model.matching.normal_forms import folded
from storage import canonical, filter_values, roster
from storage.canonical import CanonicalRow
from storage.hot import Writer
from storage.roster import PoolRow, UserRow

T = TypeVar("T")
SHOWN = 10
CUT = 60
"""A value is told up to so many characters."""
HIERARCHY = 1_000
"""Sell's limit of companies in one hierarchy."""


def taken(faults: list[Reason], field: str, value: str, find: Callable[[], T]) -> T | None:
    """Find what was meant; where that fails, None, and the fault stands with the others."""
    try:
        return find()
    except SetupError as error:
        faults.append(Reason(field, value, str(error), error.fix))
        return None


def refused(what: str, faults: Iterable[Reason]) -> SetupError:
    """Say everything that is wrong with what somebody typed, each with its way out."""
    told = [f"{f.field}{f'={_cut(f.value)}' if f.value else ''}: {f.reason}" for f in faults]
    fixes = dict.fromkeys(f"{f.field}: {f.fix}" for f in faults if f.fix)
    return SetupError(f"{what}: {'; '.join(told)}", fix="; ".join(fixes))


def _cut(value: str) -> str:
    return value if len(value) <= CUT else f"{value[:CUT]}…"


def owner_meant(db: Writer, kind: str, text: str) -> UserRow | PoolRow:
    """Find a user by address or name, or a pool of this type of record by name.

    Raises:
        SetupError: nobody and no pool is called so, several users are, or it is no active user.
    """
    people = roster.users(db)
    by_email = [user for user in people if user.email and user.email.lower() == text.lower()]
    named = by_email[:1] or [user for user in people if user.name and folded(user.name) == folded(text)]
    if len(named) == 1:
        return _active(named[0])
    if len(named) > 1:
        who = ", ".join(user.email or str(user.id) for user in named[:SHOWN])
        raise SetupError(f"several users are called {text!r}", fix=f"say which by the address: {who}")
    pool = roster.find_pool(db, kind, text)
    if pool is not None:
        return pool
    pools = [each.name for each in roster.pools(db) if each.record_type == kind]
    known = [user.email or user.name or "" for user in people]
    raise SetupError(
        f"no user and no pool of {kind}s is called so{nearest(text, [*known, *pools])}",
        fix=f"users: {', '.join(known[:SHOWN]) or 'none'}; pools: {', '.join(pools[:SHOWN]) or 'none'}",
    )


def _active(user: UserRow) -> UserRow:
    if user.status == "inactive":
        raise SetupError(
            f"{user.email or user.name} is no active user and can be given nothing", fix="name somebody else"
        )
    return user


def tags_meant(faults: list[Reason], said: Iterable[str]) -> list[str]:
    """Give tags as they are to stand, each once; a fault for every one that cannot be a tag."""
    read = (taken(faults, "tags", tag, lambda tag=tag: checked_tag(tag)) for tag in said)  # type: ignore[misc]
    return list(dict.fromkeys(tag for tag in read if tag is not None))


def contact_meant(hand: Hand, text: str, *, company: bool | None = None) -> CanonicalRow:
    """Find a contact by its id, one that people may still work with.

    Args:
        company: it must be a company, or a person; None: either.

    Raises:
        SetupError: there is no such contact, or it is of the other kind.
    """
    row = hand.standing("contact", read_id("contact", text))
    if company is not None and bool(row["is_organization"]) is not company:
        its, is_, should = (
            shown_id("contact", row["id"]),
            *(("a person", "company") if company else ("a company", "person")),
        )
        raise SetupError(
            f"{its} {row['name'] or ''} is {is_}", fix=f"find the {should}: sellhub contact list --search TEXT"
        )
    return row


def expect_no_circle(db: Writer, company_id: int, parent_id: int) -> None:
    """Refuse a parent that belongs, over however many steps, to the company itself.

    Raises:
        SetupError: it does.
    """
    above: int | None = parent_id
    seen: set[int] = set()
    while above is not None and above not in seen and len(seen) <= HIERARCHY:
        if above == company_id:
            its = shown_id("contact", company_id)
            raise SetupError(f"{shown_id('contact', parent_id)} belongs to {its} itself", fix="take another parent")
        seen.add(above)
        row = canonical.load(db, "contact", [above]).get(above)
        above = row["parent_organization_id"] if row else None


def status_meant(db: Writer, text: str, *, new: bool) -> str:
    """Give a lead's status as it is spelled: one of those that are always there, or one in use.

    Args:
        new: let it be one where it is not known.

    Raises:
        SetupError: it is not known, and not to be made.
    """
    known = list(dict.fromkeys([*STATUSES, *filter_values.choices(db, "lead")["status"]]))
    found = next((status for status in known if folded(status) == folded(text)), None)
    if found is not None or new:
        return found or text.strip()
    near = difflib.get_close_matches(text, known, 1)
    raise SetupError(
        f"no lead has this status{f'; nearest: {near[0]}' if near else ''}",
        fix=f"statuses: {', '.join(known)}; or let it be one: --new",
    )


def reason_meant(db: Writer, kind: Kind, text: str, now: str, *, new: bool) -> int:
    """Find the reason why a lead or deal is unqualified.

    Args:
        new: make it where there is none.

    Raises:
        SetupError: it is not known, and not to be made.
    """
    known = roster.named(db, "unqualified_reason", kind)
    found = next((id_ for name, id_ in known.items() if folded(name) == folded(text)), None)
    if found is not None:
        return found
    if new and text.strip():
        return roster.add_named(db, "unqualified_reason", kind, text.strip(), now)
    raise SetupError(
        f"{text!r} is no reason why a {kind} is unqualified{nearest(text, known)}",
        fix=f"reasons: {', '.join(sorted(known)) or 'none yet'}; or make it one: --new-reason",
    )
