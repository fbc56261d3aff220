"""Suggestions: addresses in the mail that nobody bears, for people to accept as a lead or contact, or to ignore.

Nothing is stored of a suggestion but what somebody decides: which addresses there are follows from the mail that
waits for them. Whoever is accepted gets that mail as their first activities, at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from hub.adding import Adding, add_within
from hub.again import take_in_waiting
from hub.alike import Like
from hub.by_hand import acting, by_hand
from hub.opening import Hub
from hub.records import shown_id
from hub.waiting_mail import (
    Suggestion,
    covers,
    decision_on,
    key_of_address,
    look_into,
    undecided,
    unknown,
    waiting_addresses,
)
from mappings.steps_text import split_name
from sell_model.draft import Reason
from sell_model.errors import HubError, SetupError
from sell_model.types import JsonObject
from storage import canonical, suggestions
from storage.persons import bearers

As: TypeAlias = Literal["lead", "contact"]
_DOMAIN = re.compile(r"@[^@\s]+\.[^@\s.]+")


@dataclass(slots=True)
class Accepted:
    """What became of an address that somebody accepted."""

    address: str
    made: Literal["created", "standing"]
    """A new record, or one that bears the address already."""
    record_type: str
    id: int
    name: str
    taken_in: int = 0
    """Mails that were taken in as activities."""
    run: int | None = None
    decided_by: str | None = None
    like: list[Like] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> JsonObject:
        """Give the object that `suggestion accept --json` prints."""
        told: JsonObject = {name: getattr(self, name) for name in ("address", "made", "record_type", "id", "name")}
        told |= {"taken_in": self.taken_in, "run": self.run, "decided_by": self.decided_by, "notes": self.notes}
        return {**told, "like": [each.to_json() for each in self.like]}


@dataclass(frozen=True, slots=True)
class Ignored:
    """What became of an address or a domain that somebody ignores, or ignores no more."""

    address: str
    changed: bool
    """False: it was so already."""
    decided_by: str | None
    decided_at: str | None
    suggestions: int
    """Suggestions that it concerns."""

    def to_json(self) -> JsonObject:
        """Give the object that `ignore --json` and `restore --json` print."""
        return {name: getattr(self, name) for name in self.__slots__}


def accept(
    hub: Hub,
    address: str,
    kind: As = "lead",
    said: Mapping[str, str] | None = None,
    *,
    tags: Sequence[str] = (),
    faults: Sequence[Reason] = (),
    by: str | None = None,
    dry_run: bool = False,
) -> Accepted:
    """Add whoever bears an address by hand, and take the mail that waits for them in.

    The same address again, or one that somebody else accepted meanwhile, is the record that is there.

    Args:
        said: further fields, or others than the mail's header says; None: none.

    Raises:
        SetupError: no mail waits for this address, or the record cannot be added.
    """
    key = key_of_address(address)
    with hub.store.rehearsal() if dry_run else nullcontext():
        accepted, sources = _accepted(hub, key, address, Adding(kind, said or {}, tags, faults), by)
        for source in sources:
            try:
                reports = take_in_waiting(hub, source)
            except HubError as error:
                accepted.notes.append(f"the mail of {source} comes in with its next sync: {error}")
                continue
            accepted.taken_in += sum(report.counts.created for report in reports)
    return accepted


def _accepted(hub: Hub, key: str, address: str, adding: Adding, by: str | None) -> tuple[Accepted, list[str]]:
    """Decide in one transaction, and add who is new; gives it with the sources that have mail of theirs."""
    with by_hand(hub, "suggestion accept", by=by) as hand:
        db = hand.db
        decision = suggestions.hold(db, key)
        waiting = waiting_addresses(db)
        found = waiting.get(key)
        if place := bearers(db, [key]).get(key):
            kind, id_ = place
            name = _name_of(canonical.load(db, kind, [id_])[id_])
            if decision.state is None:
                suggestions.decide(db, decision.id, "accepted", hand.by, hand.now, place, hand.run_id)
            who = decision.decided_by if decision.state == "accepted" else None
            sources = found.sources if found else []
            return Accepted(key, "standing", kind, id_, name, decided_by=who), sources
        if found is None:
            raise unknown(address, waiting)
        look_into(db, found)
        said = {**_from_header(found, adding.said), **adding.said}
        added = add_within(hand, Adding(adding.kind, said, adding.tags, adding.faults))
        if added.shown is None:
            raise SetupError(f"{key} could not be added", fix=f"sellhub {adding.kind} add --email {key}")
        id_ = int(added.shown.row["id"])
        suggestions.decide(db, decision.id, "accepted", hand.by, hand.now, (adding.kind, id_), hand.run_id)
        accepted = Accepted(
            key, "created", adding.kind, id_, _name_of(added.shown.row), run=hand.run_id, decided_by=hand.by
        )
        accepted.like, accepted.notes = added.like, added.notes
        return accepted, found.sources


def _from_header(found: Suggestion, said: Mapping[str, str]) -> dict[str, str]:
    """Give what the mail says of somebody; without a name there, the address's first part stands for the last name.

    A name that is typed replaces the header's as a whole: half of each would be nobody's.
    """
    if {"first_name", "last_name", "organization_name", "name"} & said.keys():
        return {"email": found.address}
    name = found.name or found.address.partition("@")[0]
    first, last = (split_name(name, part="first"), split_name(name, part="last")) if found.name else (None, name)
    parts = {"first_name": first, "last_name": last, "email": found.address}
    return {field_: value for field_, value in parts.items() if value}


def ignore(hub: Hub, address: str, *, by: str | None = None, dry_run: bool = False) -> Ignored:
    """Suggest an address, or a whole domain (`@example.com`, what lies under it too), no more.

    Raises:
        SetupError: it is neither, or somebody accepted it.
    """
    key = _key_or_domain(address)
    with hub.store.rehearsal() if dry_run else nullcontext(), hub.store.write() as db:
        decision = suggestions.hold(db, key)
        if decision.state == "accepted" and (place := bearers(db, [key]).get(key)):
            its = shown_id(*place)
            raise SetupError(
                f"{key} was accepted by {decision.decided_by}: it is {its}",
                fix=f"delete it, if it must not be: sellhub {place[0]} delete {its}",
            )
        concerned = sum(covers(key, each.key) for each in undecided(db))
        if decision.state == "ignored":
            return Ignored(key, False, decision.decided_by, decision.decided_at, concerned)
        who, now = acting(by), hub.now()
        suggestions.decide(db, decision.id, "ignored", who, now)
        return Ignored(key, True, who, now, concerned)


def restore(hub: Hub, address: str, *, dry_run: bool = False) -> Ignored:
    """Suggest an address or a domain again.

    Raises:
        SetupError: it is not ignored, or only its domain is.
    """
    key = _key_or_domain(address)
    with hub.store.rehearsal() if dry_run else nullcontext(), hub.store.write() as db:
        found = suggestions.decided(db, [key]).get(key)
        if found is None or found.state != "ignored":
            wider = decision_on(db, key)
            if wider is not None and wider.state == "ignored":
                raise SetupError(
                    f"{key} is not ignored by itself: {wider.address} is",
                    fix=f"sellhub suggestion restore {wider.address}",
                )
            raise SetupError(f"{key} is not ignored", fix="what is: sellhub suggestion list --ignored")
        suggestions.forget(db, found.id)
        concerned = sum(covers(key, each.key) for each in undecided(db))
        return Ignored(key, True, found.decided_by, found.decided_at, concerned)


def _key_or_domain(text: str) -> str:
    domain = text.strip().lower()
    return domain if _DOMAIN.fullmatch(domain) else key_of_address(text)


def _name_of(row: Mapping[str, object]) -> str:
    parts = (row.get("first_name"), row.get("last_name"))
    whole = " ".join(str(part) for part in parts if part)
    return whole or str(row.get("name") or row.get("organization_name") or row.get("email") or "")
