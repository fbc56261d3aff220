"""The mail that waits for people whom nobody knows: who they are, how much there is, what was decided about them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field

from hub.opening import Hub
from hub.records import shown_id
from sell_model.errors import SetupError
from sell_model.matching.normal_forms import email_key
from sell_model.types import JsonObject
from storage import suggestions
from storage.hot import Writer
from storage.payloads import read_payload
from storage.persons import bearers
from storage.suggestions import DecisionRow, WaitingMail

CONNECTOR = "imap"
"""Mail of sources of this kind is what suggestions come from."""
MAILS = 20
"""Mails that `show` lists."""


@dataclass(slots=True)
class Suggestion:
    """Somebody who wrote, or was written to, and whom nobody knows."""

    address: str
    """As it stands in the latest mail."""
    key: str
    """The form in which two spellings of it are equal."""
    name: str | None = None
    subject: str | None = None
    """Of the latest mail."""
    mails: int = 0
    first_at: str | None = None
    last_at: str | None = None
    sources: list[str] = field(default_factory=list)
    spellings: list[str] = field(default_factory=list)

    def to_json(self) -> JsonObject:
        """Give the object that `suggestion list --json` prints."""
        return {
            "address": self.address,
            "name": self.name,
            "subject": self.subject,
            "mails": self.mails,
            "first_at": self.first_at,
            "last_at": self.last_at,
            "sources": self.sources,
        }


@dataclass(frozen=True, slots=True)
class Detail:
    """One address: what waits for it, who bears it, what was decided."""

    suggestion: Suggestion
    mails: list[JsonObject]
    """The newest first: at, incoming, subject, source."""
    borne_by: str | None
    """The lead or contact that bears it: L-12."""
    decision: DecisionRow | None

    def to_json(self) -> JsonObject:
        """Give the object that `suggestion show --json` prints."""
        return {
            **self.suggestion.to_json(),
            "latest": self.mails,
            "borne_by": self.borne_by,
            "state": self.decision.state if self.decision else "open",
            "decided_about": self.decision.address if self.decision else None,
            "decided_by": self.decision.decided_by if self.decision else None,
            "decided_at": self.decision.decided_at if self.decision else None,
        }


def open_suggestions(hub: Hub, source: str | None = None, limit: int = 100) -> tuple[list[Suggestion], int]:
    """List whom nobody has decided about, the latest mail first; and how many there are in all."""
    if source is not None:
        _expect_mailbox(hub, source)
    with hub.store.read() as db:
        found = [each for each in undecided(db) if source is None or source in each.sources]
        page = found[:limit]
        for each in page:
            look_into(db, each)
    return page, len(found)


def ignored(hub: Hub) -> list[DecisionRow]:
    """List the addresses and domains that are ignored, the latest first."""
    with hub.store.read() as db:
        return suggestions.decisions(db, "ignored")


def show(hub: Hub, address: str) -> Detail:
    """Give all that is known of an address.

    Raises:
        SetupError: it is none, or no mail waits for it and nothing was decided.
    """
    key = key_of_address(address)
    with hub.store.read() as db:
        waiting = waiting_addresses(db)
        found, decision = waiting.get(key), decision_on(db, key)
        place = bearers(db, [key]).get(key)
        if found is None and decision is None and place is None:
            raise unknown(address, waiting)
        suggestion = found or Suggestion(key, key)
        mails = look_into(db, suggestion)
    return Detail(suggestion, [_told(each) for each in mails], shown_id(*place) if place else None, decision)


def waiting_addresses(db: Writer) -> dict[str, Suggestion]:
    """Bring together what waits for one person, however the address is spelled; the latest first."""
    found: dict[str, Suggestion] = {}
    for row in sorted(suggestions.waiting(db, CONNECTOR), key=lambda row: row.last_at or "", reverse=True):
        key = email_key(row.address)
        if key is None:
            continue
        one = found.setdefault(key, Suggestion(row.address, key))
        one.mails += row.count
        one.first_at = min(filter(None, (one.first_at, row.first_at)), default=None)
        one.last_at = max(filter(None, (one.last_at, row.last_at)), default=None)
        one.sources = sorted({*one.sources, row.source})
        one.spellings = list(dict.fromkeys([*one.spellings, row.address]))
    return found


def undecided(db: Writer) -> list[Suggestion]:
    """Those whom nobody bears, and whom nobody ignores."""
    found = waiting_addresses(db)
    known = bearers(db, found)
    out = {row.address for row in suggestions.decisions(db, "ignored")}
    return [each for key, each in found.items() if key not in known and not out.intersection(scopes(key))]


def look_into(db: Writer, found: Suggestion) -> list[WaitingMail]:
    """Read name and subject from the mail itself: the latest that has one."""
    mails = suggestions.mails(db, CONNECTOR, found.spellings, MAILS)
    payloads = [read_payload(mail.raw) for mail in mails]
    found.subject = next((data["subject"] for data in payloads if data.get("subject")), None)
    named = [data for data in payloads if (data.get("person") or {}).get("name")]
    own_words = [data for data in named if data.get("incoming")] or named
    found.name = own_words[0]["person"]["name"] if own_words else None
    return mails


def _told(mail: WaitingMail) -> JsonObject:
    data = read_payload(mail.raw)
    return {"at": mail.at, "incoming": data.get("incoming"), "subject": data.get("subject"), "source": mail.source}


def scopes(key: str) -> list[str]:
    """List what a decision about an address may stand under: itself, its domain, the domains above.

    >>> scopes("ann@mail.acme.example")
    ['ann@mail.acme.example', '@mail.acme.example', '@acme.example']
    """
    labels = key.partition("@")[2].split(".")
    return [key, *("@" + ".".join(labels[at:]) for at in range(len(labels) - 1))]


def covers(decided: str, key: str) -> bool:
    """Whether a decision about an address or a domain concerns an address."""
    return decided in scopes(key)


def decision_on(db: Writer, key: str) -> DecisionRow | None:
    """Find what was decided about an address, or about a domain that it is of."""
    wider = scopes(key)
    found = suggestions.decided(db, wider)
    return next((found[each] for each in wider if each in found), None)


def key_of_address(address: str) -> str:
    """Give an address in the form in which its spellings are equal.

    Raises:
        SetupError: it is none.
    """
    key = email_key(address.strip().removeprefix("<").removesuffix(">"))
    if key is None or " " in key:
        raise SetupError(f"{address!r} is no address", fix="write it like ann@example.com: sellhub suggestion list")
    return key


def unknown(address: str, waiting: Iterable[str]) -> SetupError:
    """Say that no mail waits for an address, with the nearest for which some does."""
    near = difflib.get_close_matches(address.strip().lower(), list(waiting), 1)
    return SetupError(
        f"no mail waits for {address.strip()}" + (f"; nearest: {near[0]}" if near else ""),
        fix="see who is suggested: sellhub suggestion list",
    )


def _expect_mailbox(hub: Hub, source: str) -> None:
    part = hub.settings.source(source)
    if part.connector != CONNECTOR:
        known = [name for name, each in hub.settings.sources.items() if each.connector == CONNECTOR]
        raise SetupError(f"{source} is no mailbox", fix=f"mailboxes: {', '.join(known) or 'none yet'}")
