"""Forgetting a person: everything that the hub keeps of them goes, and no sync brings them back.

Their leads and contacts, what fed these, what people noted and did, histories, keys. In what belongs to
others (a deal's name, a colleague's note) their address, number and name are taken out. A deal stays, for
its amount is the firm's: its contact is a nameless one then. Salted hashes stay, to know them again by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from hub import clearing, customer_status
from hub.by_hand import Hand, by_hand
from hub.forgotten_names import Cleaning
from hub.forgotten_records import salted
from hub.merge_sides import Place
from hub.opening import Hub
from hub.records import shown_id
from sell_model.draft import Draft
from sell_model.errors import SetupError
from sell_model.forgetting import FORGOTTEN, Identifiers, identifiers_of
from sell_model.matching.keys import face_of, is_company
from sell_model.types import JsonObject
from storage import activity_figures, canonical, forgotten, turns, undoing
from storage.canonical import CanonicalRow
from storage.hot import Writer

_ACTIVITIES = ("note", "task", "call", "visit", "email", "ticket")
_OF_SOURCE_RECORDS = ("match_key", "profile", "held", "pending_ref", "link")


@dataclass(slots=True)
class Forgotten:
    """What was removed."""

    records: list[str] = field(default_factory=list)
    """Leads and contacts that are gone."""
    nameless: list[str] = field(default_factory=list)
    """Contacts that stay without a name, since deals are with them."""
    removed: Counter[str] = field(default_factory=Counter)
    """Table → rows removed."""
    cleaned: Counter[str] = field(default_factory=Counter)
    """Table → rows of others from which the person was taken out."""
    sources: list[str] = field(default_factory=list)
    """Where they were known: `source.stream`; there they are still."""
    destinations: list[str] = field(default_factory=list)
    """Where they were sent to; the next push tells these to delete them."""
    deliveries: int = 0
    """Of the inbox: removed."""
    obstacle: str = ""
    """Why the files are not written anew yet: whoever opens the hub next goes on."""

    def to_json(self) -> JsonObject:
        """Give the object that `forget --json` prints."""
        return {
            "records": self.records,
            "nameless": self.nameless,
            "removed": dict(sorted(self.removed.items())),
            "cleaned": dict(sorted(self.cleaned.items())),
            "deliveries": self.deliveries,
            "cleared": not self.obstacle,
            "still_at": self.sources,
            "told": self.destinations,
        }


def forget(hub: Hub, place: Place, *, by: str | None = None, dry_run: bool = False) -> Forgotten:
    """Forget the person whom a lead or a contact is, merged, converted and deleted records of theirs too.

    Raises:
        SetupError: there is no such record, or it is a company or a deal.
    """
    with by_hand(hub, f"{place[0]} forget", by=by, dry_run=dry_run, moves_links=True) as hand:
        forgetting = _Forgetting(hand, _person_of(hand.db, place))
        told = forgetting.forget()
        clearing.note(hand.db, hand.run_id, forgetting.identifiers)
    if not dry_run and not hub.store.is_rehearsing:
        told.deliveries, told.obstacle = clearing.clear_at_once(hub)
    return told


def _person_of(db: Writer, place: Place) -> int:
    kind, id_ = place
    row = canonical.load(db, kind, [id_]).get(id_) if kind in {"lead", "contact"} else None
    if row is None:
        its = shown_id(kind, id_)
        if kind == "deal":
            raise SetupError(f"{its} is a deal: people are forgotten", fix=f"sellhub deal delete {its}")
        raise SetupError(f"there is no {kind} {its}", fix=f"sellhub {kind} list")
    if row.get("is_organization"):
        its = shown_id(kind, id_)
        raise SetupError(f"{its} is a company: people are forgotten", fix=f"sellhub contact delete {its}")
    person_id: int = row["person_id"]
    return person_id


@dataclass(slots=True)
class _Forgetting:
    """One person within the transaction; `forget` reads downwards."""

    hand: Hand
    person_id: int
    told: Forgotten = field(default_factory=Forgotten)
    identifiers: Identifiers = field(default_factory=Identifiers)
    _people: set[int] = field(default_factory=set)
    _rows: dict[str, dict[int, CanonicalRow]] = field(default_factory=dict)
    _fed: set[int] = field(default_factory=set)
    """Source records that are about this person."""
    _beside: set[int] = field(default_factory=set)
    """Source records of others by which this person is implied, such as a deal's that names its contact."""
    _nameless: set[int] = field(default_factory=set)

    def forget(self) -> Forgotten:
        """Do it all."""
        db = self.hand.db
        self._gather()
        self._remember()
        beside = self._deals()
        self._let_destinations_go()
        self._remove_records()
        self._remove_source_records(self._fed)
        cleaning = Cleaning(db, self.identifiers, self._beside, self.told.removed, self.told.cleaned)
        self._remove_loose(cleaning.loose())
        touched = cleaning.clean()
        self._tell_destinations_of({**touched, "deal": [*touched.get("deal", ()), *beside]})
        activity_figures.refresh(db, [("deal", id_) for id_ in beside])
        customer_status.refresh(db, sorted(self._nameless), self.hand.now, [])
        return self.told

    def _gather(self) -> None:
        """Find who it is, in all its records, and what fed them."""
        db = self.hand.db
        self._people = forgotten.people_merged_into(db, self.person_id)
        feeding: set[int] = set()
        for kind in ("lead", "contact"):
            self._rows[kind] = canonical.load_where(db, kind, "person_id IN {in}", self._people)
            feeding |= self._feeding(kind, self._rows[kind])
        for kind in _ACTIVITIES:
            feeding |= self._feeding(kind, [id_ for its in ("lead", "contact") for id_ in self._activities(kind, its)])
        self._beside = feeding - self._fed
        drafts = [draft["fields"] for draft in forgotten.said(db, self._fed)]
        self.identifiers = self._theirs_alone(identifiers_of([*self._all_rows(), *drafts]))

    def _feeding(self, kind: str, ids: Iterable[int]) -> set[int]:
        """Find what feeds records; what feeds no others is about this person, as is what they are the identity of."""
        wanted = set(ids)
        feeding = forgotten.feeding(self.hand.db, kind, wanted)
        others = {
            id_
            for id_, record_type, record_id in forgotten.links_of(self.hand.db, {id_ for id_, _ in feeding})
            if record_type != kind or record_id not in wanted
        }
        self._fed |= {id_ for id_, is_identity in feeding if is_identity or id_ not in others}
        return {id_ for id_, _ in feeding}

    def _theirs_alone(self, found: Identifiers) -> Identifiers:
        """Leave out what names others as well: a household's phone, a namesake, an account of the hub's users."""
        db = self.hand.db
        surnames = {form for _, last in found.names for form in (last, last.upper(), last.lower(), last.title())}
        namesakes = forgotten.namesakes(db, surnames, self._people)
        shared, staff = forgotten.phones_of_others(db, found.phones, self._people), forgotten.staff(db)
        names = {
            (first, last)
            for first, last in found.names
            if (first.casefold(), last.casefold()) not in namesakes and f"{first} {last}".casefold() not in staff
        }
        emails = {email for email in found.emails if email.casefold() not in staff}
        return replace(found, emails=frozenset(emails), names=frozenset(names), phones=found.phones - shared)

    def _activities(self, kind: str, record_type: str) -> list[int]:
        return forgotten.activities_at(self.hand.db, kind, record_type, self._rows[record_type])

    def _remember(self) -> None:
        """Note by hashes who must not come back."""
        db, told = self.hand.db, self.told
        salt = salted(db)
        origins = forgotten.origins(db, self._fed)
        hashes = {salt.of_record(*origin) for origin in origins}
        told.sources = sorted({f"{source}.{stream}" for source, stream, _ in origins})
        said = [*forgotten.said(db, self._fed)]
        said += [draft for kind, rows in self._rows.items() for draft in forgotten.said_of(db, kind, rows)]
        drafts = [Draft.from_json(each) for each in said]
        drafts = [draft for draft in drafts if draft.record_type in {"lead", "contact"} and not is_company(draft)]
        drafts += [Draft("lead", {k: v for k, v in row.items() if v is not None}) for row in self._all_rows()]
        for draft in drafts:
            hashes |= salt.of_face(face_of(draft)) | salt.of_ids(draft.outside_ids)
        hashes |= {salt.of("phone", "".join(c for c in phone if c.isdigit())) for phone in self.identifiers.phones}
        forgotten.remember(db, hashes, self.hand.by, self.hand.now)

    def _all_rows(self) -> list[CanonicalRow]:
        return [row for rows in self._rows.values() for row in rows.values()]

    def _deals(self) -> list[int]:
        """Find the deals that are with this person: their contact stays, without a name."""
        db, contacts = self.hand.db, list(self._rows["contact"])
        deals = forgotten.deals_with(db, contacts)
        self._nameless = {contact_id for _, contact_id in deals}
        return [deal_id for deal_id, _ in deals]

    def _let_destinations_go(self) -> None:
        """Tell those who got the records to delete them; what waits to be sent is not sent."""
        db, hand = self.hand.db, self.hand
        for kind, rows in self._rows.items():
            ids = list(rows)
            undoing.forget_queued(db, kind, ids)
            delivered = undoing.delivered(db, kind, ids)
            undoing.queue(db, [(name, kind, id_, "delete", hand.run_id, hand.now) for name, id_ in delivered])
            self.told.destinations = sorted({*self.told.destinations, *(name for name, _ in delivered)})
            turns.give_back_open(db, kind, ids, hand.now)

    def _tell_destinations_of(self, touched: Mapping[str, Iterable[int]]) -> None:
        """Send those who got them what is left of others' records that named the person, and of the deals with them."""
        db, hand = self.hand.db, self.hand
        for kind in ("lead", "contact", "deal"):
            ids = {id_ for id_ in touched.get(kind, ()) if kind != "contact" or id_ not in self._nameless}
            if not ids:
                continue
            rows = canonical.load(db, kind, ids).values()
            canonical.update(db, kind, [{**row, "version": row["version"] + 1} for row in rows], hand.now)
            delivered = undoing.delivered(db, kind, ids)
            undoing.queue(db, [(name, kind, id_, "upsert", hand.run_id, hand.now) for name, id_ in delivered])
            self.told.destinations = sorted({*self.told.destinations, *(name for name, _ in delivered)})

    def _remove_records(self) -> None:
        db, told = self.hand.db, self.told
        for kind, rows in self._rows.items():
            for activity in _ACTIVITIES:
                ids = self._activities(activity, kind)
                spoken_of = [*ids, *forgotten.removed_at(db, activity, kind, rows)]
                told.removed["journal"] += forgotten.remove(db, "journal", "record_id", spoken_of, ("kind", activity))
                told.removed[activity] += forgotten.remove(db, activity, "id", ids)
            for table in ("hand_edit", "figure", "facet"):
                told.removed[table] += forgotten.remove(db, table, "record_id", rows, ("record_type", kind))
            told.removed["journal"] += forgotten.remove(db, "journal", "record_id", rows, ("kind", kind))
            going = [id_ for id_ in rows if kind != "contact" or id_ not in self._nameless]
            told.removed[kind] += forgotten.remove(db, kind, "id", going)
            told.records += [shown_id(kind, id_) for id_ in sorted(going)]
        told.removed["conversion"] += forgotten.remove(db, "conversion", "lead_id", self._rows["lead"])
        told.removed["conversion"] += forgotten.remove(db, "conversion", "individual_id", self._rows["contact"])
        told.removed["association"] += forgotten.remove(
            db, "association", "contact_id", [id_ for id_ in self._rows["contact"] if id_ not in self._nameless]
        )
        for column in ("winner_id", "loser_id"):
            told.removed["merge"] += forgotten.remove(db, "merge", column, self._people, ("sort", "person"))
        for column in ("one_id", "other_id"):
            told.removed["duplicate"] += forgotten.remove(db, "duplicate", column, self._people, ("sort", "person"))
        self._make_nameless()
        if not self._nameless:
            told.removed["person"] += forgotten.remove(db, "person", "id", self._people)

    def _make_nameless(self) -> None:
        """Leave of a contact no more than that there was one, and whose it was."""
        kept = {"id", "person_id", "contact_id", "owner_id", "customer_status", "prospect_status", "merged_into"}
        for id_ in sorted(self._nameless):
            row = self._rows["contact"][id_]
            bare = {name: value if name in kept or name.endswith("_at") else None for name, value in row.items()}
            bare |= {"is_organization": False, "name": FORGOTTEN, "last_name": FORGOTTEN, "version": row["version"] + 1}
            canonical.update(self.hand.db, "contact", [{**bare, "gone_at_source": "forgotten"}], self.hand.now)
            self.told.nameless.append(shown_id("contact", id_))

    def _remove_source_records(self, ids: Collection[int]) -> None:
        db, told = self.hand.db, self.told
        for table in _OF_SOURCE_RECORDS:
            told.removed[table] += forgotten.remove(db, table, "source_record_id", ids)
        for kind in ("source_record", "link"):
            told.removed["journal"] += forgotten.remove(db, "journal", "record_id", ids, ("kind", kind))
        told.removed["source_record"] += forgotten.remove(db, "source_record", "id", ids)

    def _remove_loose(self, ids: Collection[int]) -> None:
        """Records that name them and fed nothing, such as a held one, are theirs alone."""
        salt, origins = salted(self.hand.db), forgotten.origins(self.hand.db, ids)
        hashes = [salt.of_record(*origin) for origin in origins]
        forgotten.remember(self.hand.db, hashes, self.hand.by, self.hand.now)
        self._remove_source_records(ids)


def allow(hub: Hub, value: str, *, by: str | None = None, dry_run: bool = False) -> int:
    """Let somebody back who was forgotten, by their address; gives how many hashes went.

    Raises:
        SetupError: nobody of this address was forgotten.
    """
    with by_hand(hub, "forgotten allow", by=by, dry_run=dry_run) as hand:
        hashes = _hashes_of(hand.db, value)
        gone = forgotten.let_back(hand.db, hashes)
        if not gone:
            raise SetupError("nobody of this address was forgotten", fix="check its spelling; nothing has to be done")
        return gone


def forgotten_since(hub: Hub, value: str) -> str | None:
    """Tell when somebody of an address was forgotten; None: never."""
    with hub.store.write() as db:
        return forgotten.since(db, _hashes_of(db, value))


def _hashes_of(db: Writer, value: str) -> set[str]:
    return salted(db).of_face(face_of(Draft("lead", {"email": value.strip()})))
