"""Who among prospects is not wanted: known already, not to be contacted, or suppressed by hand.

It is asked before anything is paid for, and again right before each purchase.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

from connectors.prospects.person import Prospect
from hub.activation import named_mapping
from hub.alike import Like, alike_to
from hub.by_hand import acting
from hub.forgotten_records import salted
from hub.opening import Hub
from hub.records import shown_id
from mappings.compile import Mapping, compile_mapping
from sell_model.draft import Draft
from sell_model.errors import SetupError
from sell_model.matching.firm_names import firm_core
from sell_model.matching.keys import face_of
from sell_model.matching.normal_forms import email_key
from sell_model.prospects import as_company, as_lead, digest_of
from sell_model.types import JsonObject
from storage import canonical, forgotten, prospects
from storage.hot import Writer
from storage.looking_through import Place
from storage.payloads import read_payload
from storage.persons import bearers

DO_NOT_CONTACT = {"archived", "bounced", "unsubscribed", "refused"}
"""Consent by which somebody is not to be bought."""
_DOMAIN = re.compile(r"@[^@\s]+\.[^@\s.]+")


@dataclass(slots=True)
class Suppression:
    """Judges prospects within one transaction.

    Args:
        keep_companies: let people of companies that are known be wanted.
    """

    hub: Hub
    db: Writer
    keep_companies: bool = False
    _own: set[str] = field(default_factory=set)
    _forgotten: frozenset[str] = frozenset()
    _compiled: dict[str, Mapping] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._own = {row[0] for row in prospects.suppressed(self.db)}
        self._forgotten = forgotten.forgotten(self.db)

    def reasons(self, people: Sequence[Prospect]) -> dict[str, str]:
        """Say, by the prospect's id, why somebody is not wanted; who is wanted is missing."""
        emails = {each.id: each.data["email"] for each in people if each.data.get("email")}
        known = bearers(self.db, emails.values())
        told = self._by_digest({each.email_sha256: each.id for each in people if each.email_sha256})
        refused = self._refused(emails.values())
        found: dict[str, str] = {}
        for each in people:
            email = emails.get(each.id)
            place = (known.get(email) if email else None) or told.get(each.id)
            reason = (
                self._by_hand(each.data)
                or self._is_forgotten(each.data)
                or (refused.get(email.lower()) if email else None)
                or (self._known(place, "same e-mail") if place else None)
                or self._resembles(each.data)
            )
            if reason:
                found[each.id] = reason
        return found

    def _by_hand(self, data: JsonObject) -> str | None:
        """Own suppression: the address, its domain or the company's, and the domains above."""
        email = email_key(data.get("email"))
        domains = [email.partition("@")[2] if email else "", str(data.get("domain") or "").lower()]
        scopes = [email or "", *(f"@{part}" for domain in domains for part in _upwards(domain))]
        hit = next((scope for scope in scopes if scope in self._own), None)
        return f"suppressed: {hit}" if hit else None

    def _is_forgotten(self, data: JsonObject) -> str | None:
        if self._forgotten and salted(self.db).of_face(face_of(as_lead(data))) & self._forgotten:
            return "do not contact: was forgotten"
        return None

    def _by_digest(self, ids: dict[str, str]) -> dict[str, Place]:
        """Find whose address it is that a provider tells the hash of: by going through all addresses here."""
        found: dict[str, Place] = {}
        if not ids:
            return found
        for kind in ("contact", "lead"):
            for id_, email in prospects.addresses(self.db, kind):
                if its := ids.get(digest_of(email)):
                    found.setdefault(its, (kind, id_))
        return found

    def _refused(self, emails: Iterable[str]) -> dict[str, str]:
        """Hear what is said of addresses that nobody bears: a mailing list knows who does not want mail."""
        found: dict[str, str] = {}
        for word in prospects.waiting_words(self.db, emails):
            mapping = self._compiled.get(word.mapping)
            if mapping is None:
                mapping = compile_mapping(named_mapping(self.hub, word.mapping), self.hub.context)
                self._compiled[word.mapping] = mapping
            outcome = mapping.apply(read_payload(word.raw))
            said = outcome.fields if isinstance(outcome, Draft) else {}
            if word_ := next((said[name] for name in _CONSENTS if said.get(name) in DO_NOT_CONTACT), None):
                found[word.address.lower()] = f"do not contact: {word_} at {word.source}"
        return found

    def _known(self, place: Place, why: str) -> str:
        kind, id_ = place
        row = canonical.load(self.db, kind, [id_])[id_]
        its = shown_id(kind, id_)
        if consent := next((row[name] for name in _CONSENTS if row.get(name) in DO_NOT_CONTACT), None):
            return f"do not contact: {its} {consent}"
        return f"known: {its} ({why}{', deleted' if row.get('deleted_at') else ''})"

    def _resembles(self, data: JsonObject) -> str | None:
        """Known by name and phone, or by name and company; else by the company alone."""
        likes = alike_to(self.db, as_lead(data))
        for like in likes:
            if self._is_same_person(like, data):
                return self._known((like.record_type, like.id), like.why)
        company = as_company(data)
        if self.keep_companies or company is None:
            return None
        firms = [like for like in [*likes, *alike_to(self.db, company)] if {"same company", "same site"} & _whys(like)]
        firms = [like for like in firms if self._is_company(like)]
        return f"known company: {shown_id(firms[0].record_type, firms[0].id)} {firms[0].name}" if firms else None

    def _is_same_person(self, like: Like, data: JsonObject) -> bool:
        why = _whys(like)
        if "same e-mail" in why or {"same name", "same phone"} <= why:
            return True
        core = firm_core(data.get("organization_name"))
        return "same name" in why and bool(core) and core == firm_core(self._employer(like))

    def _employer(self, like: Like) -> str | None:
        row = canonical.load(self.db, like.record_type, [like.id])[like.id]
        if like.record_type == "lead":
            name: str | None = row["organization_name"]
            return name
        firm = canonical.load(self.db, "contact", [row["contact_id"]]) if row["contact_id"] else {}
        return next((each["name"] for each in firm.values()), None)

    def _is_company(self, like: Like) -> bool:
        row = canonical.load(self.db, like.record_type, [like.id])[like.id]
        return bool(row.get("is_organization")) or (like.record_type == "lead" and not row["last_name"])


_CONSENTS = ("email_consent", "phone_consent")


def _whys(like: Like) -> set[str]:
    return set(like.why.split(", "))


def _upwards(domain: str) -> list[str]:
    """Give a domain and those above it, but for the top.

    >>> _upwards("mail.acme.example")
    ['mail.acme.example', 'acme.example']
    """
    labels = domain.removeprefix("www.").split(".") if domain else []
    return [".".join(labels[at:]) for at in range(len(labels) - 1)]


def suppress(hub: Hub, values: Sequence[str], *, by: str | None = None, dry_run: bool = False) -> dict[str, bool]:
    """Never buy these addresses and domains (`@example.com`); tells which are new.

    Raises:
        SetupError: one is neither.
    """
    keys = [_value(value) for value in values]
    with hub.store.rehearsal() if dry_run else nullcontext(), hub.store.write() as db:
        return {key: prospects.suppress(db, key, acting(by), hub.now()) for key in dict.fromkeys(keys)}


def unsuppress(hub: Hub, values: Sequence[str], *, dry_run: bool = False) -> dict[str, bool]:
    """Let these be bought again; tells which were suppressed.

    Raises:
        SetupError: one is neither address nor domain.
    """
    keys = [_value(value) for value in values]
    with hub.store.rehearsal() if dry_run else nullcontext(), hub.store.write() as db:
        return {key: prospects.unsuppress(db, key) for key in dict.fromkeys(keys)}


def suppressed(hub: Hub) -> list[tuple[str, str, str]]:
    """List what is suppressed by hand: value, by whom, since when."""
    with hub.store.read() as db:
        return prospects.suppressed(db)


def _value(text: str) -> str:
    domain = text.strip().lower()
    if _DOMAIN.fullmatch(domain):
        return domain
    key = email_key(domain)
    if key is None or " " in key or "." not in key.partition("@")[2]:
        raise SetupError(f"{text!r} is neither an address nor a domain", fix="write ann@example.com, or @example.com")
    return key
