"""What a sender asks of leads: a new one, one that may be there, a change, one or several as they stand.

A new lead goes the path of any record: kept in the inbox, landed, mapped, matched, assigned. Whoever asked waits
for it. A change goes into the record that this API made of the lead; a lead that it did not make is edited, as by
hand, and that holds against other sources.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

from connectors.connector import Delivery, Request
from connectors.leads_api.connector import STREAM, LeadsApi, merged, named
from connectors.leads_api.lead import Fault, RefusedLead, faults_of, read_data
from hub.by_hand import acting
from hub.editing import Editing, edit
from hub.intake import INBOX, Accepted, counted, inbox_pages, keep, receiver
from hub.judging import reasons_of
from hub.leads_api.finding import filled, find_leads, invalid
from hub.leads_api.said import said_of
from hub.leads_api.shape import ids_for, leads_as_sell, without_others
from hub.opening import Hub
from sell_model.draft import Reason
from sell_model.errors import SetupError
from sell_model.types import JsonObject
from storage import canonical, held_listing, landing, stories, streams
from storage.hot import Writer
from storage.inbox import Inbox
from storage.payloads import read_payload

DOOR = "v2"
NOT_FOUND, CONFLICT = 404, 409
TWO = 2


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a request that writes."""

    accepted: Accepted | None
    """Where it waits to be taken in; None: it is done."""
    record: str = ""
    """The id of the source record that it went into."""
    lead_id: int | None = None
    """The lead that was edited."""
    sent: Mapping[str, object] = field(default_factory=dict)
    """What the sender said of it."""


@dataclass(frozen=True, slots=True)
class Desk:
    """One request at work: its source, and whatever of the hub it needs."""

    hub: Hub
    source: str
    connector: LeadsApi
    inbox: Inbox
    request: Request


@contextmanager
def desk_for(hub: Hub, source: str, inbox: Inbox, request: Request) -> Iterator[Desk]:
    """Open what a request by a token needs; what is refused within is counted.

    Args:
        request: its token was checked.

    Raises:
        RefusedRequest: 404, the token's source is none of this kind.
    """
    with receiver(hub, source, DOOR) as connector, counted(inbox, source, request):
        yield Desk(hub, source, cast(LeadsApi, connector), inbox, request)


def new_lead(desk: Desk) -> Taken:
    """Keep a new lead.

    Raises:
        RefusedLead: it cannot be one; every reason is said.
    """
    return _kept(desk, desk.connector.receive(desk.request))


def upsert(desk: Desk, filters: Mapping[str, str]) -> Taken:
    """Change the one lead that the filters find, or keep a new one where they find none.

    Raises:
        RefusedLead: 400 no filter, or none that there is; 409 several leads meet them; 422 as of a new lead.
    """
    if not filters:
        raise invalid("filters", "an upsert needs at least one filter in the query")
    data = read_data(desk.request.headers.get("content-type", ""), desk.request.body)
    with desk.hub.store.read() as db:
        found = find_leads(desk.hub, db, filters, ids_for(db, desk.connector.config), TWO + 8)
    if len(found) >= TWO:
        told = ", ".join(map(str, found))
        raise RefusedLead(Fault("conflict", f"several leads meet the filters: {told}"), status=CONFLICT)
    if found:
        return _changed(desk, found[0], data)
    data = filled(data, filters)
    if faults := faults_of(data, is_new=True):
        raise RefusedLead(*faults)
    return _kept(desk, desk.connector.delivery(data, named(desk.request)))


def change(desk: Desk, lead_id: int) -> Taken:
    """Change the fields of a lead that are named.

    Raises:
        RefusedLead: 404 there is no such lead; 422 it cannot be so.
    """
    data = read_data(desk.request.headers.get("content-type", ""), desk.request.body)
    return _changed(desk, lead_id, data)


def _changed(desk: Desk, lead_id: int, data: JsonObject) -> Taken:
    if faults := faults_of(data, is_new=False):
        raise RefusedLead(*faults)
    with desk.hub.store.read() as db:
        standing_lead(db, lead_id)
        ids = ids_for(db, desk.connector.config)
        own = [f for f in stories.feeds(db, "lead", lead_id) if f.source == desk.source and f.deleted_at is None]
        before = _as_sent(desk, db, own[-1].source_id, own[-1].source_record_id) if own else {}
    if own:
        name = own[-1].source_id
        delivery = desk.connector.delivery(merged(before, data), named(desk.request), name)
        return _kept(desk, delivery, said=data)
    said, faults = said_of(data, ids)
    if faults:
        raise RefusedLead(*faults)
    if said:
        try:
            edit(desk.hub, Editing("lead", lead_id, said, new=True), by=acting(f"token {desk.request.token}"))
        except SetupError as error:
            raise RefusedLead(Fault("incorrect_value", str(error))) from error
    return Taken(None, lead_id=lead_id, sent=data)


def _as_sent(desk: Desk, db: Writer, name: str, source_record_id: int) -> JsonObject:
    """Give a record as it was sent last, be it taken in or still in the inbox."""
    found = next(iter(landing.landed(db, [source_record_id])), None)
    last: JsonObject = read_payload(found.raw) if found is not None else {}
    row = streams.find_stream(db, desk.source, STREAM)
    for page in inbox_pages(desk.hub, desk.source, STREAM, row.cursor if row else None):
        for record in page.records:
            if record.id == name:
                last = record.data
    return last


def _kept(desk: Desk, delivery: Delivery, said: JsonObject | None = None) -> Taken:
    """Keep a lead, with names beside its ids, unless it is sure to be held."""
    record = delivery.records[0]
    sent = record.data if said is None else said
    with desk.hub.store.read() as db:
        record.data = ids_for(db, desk.connector.config).names(record.data)
    if reasons := reasons_of(desk.hub, desk.source, STREAM, record):
        raise RefusedLead(*map(_fault, reasons))
    accepted = keep(desk.inbox, desk.source, delivery, desk.request)
    return Taken(accepted, record.id, sent=sent)


def _fault(reason: Reason) -> Fault:
    code = {"missing": "missing", "unknown_owner": "unknown"}.get(reason.code, "incorrect_value")
    return Fault(code, reason.reason, f"/{reason.field.replace('.', '/')}" if reason.field else None)


def is_taken_in(hub: Hub, source: str, accepted: Accepted) -> bool:
    """Whether what was accepted has come through the inbox."""
    with hub.store.read() as db:
        row = streams.find_stream(db, source, STREAM)
    return row is not None and (row.cursor or {}).get(INBOX, 0) >= accepted.id


def lead_of(desk: Desk, taken: Taken, *, may_read: bool) -> tuple[JsonObject, str]:
    """Give what a request came to, as it stands in the hub, and of what type it is: `lead`, or `contact`.

    Somebody who is a contact already is no lead again, unless `[hub] reopen` says so: it has no lead's id then.

    Raises:
        RefusedLead: 422, it is held: what it refers to is not here.
    """
    with desk.hub.store.read() as db:
        ids = ids_for(db, desk.connector.config)
        kind, id_ = ("lead", taken.lead_id) if taken.lead_id is not None else _fed(db, desk.source, taken.record)
        if id_ is None:
            held = held_listing.held_by_name(db, desk.source, STREAM, taken.record)
            reasons = [reason for row in held for reason in row.reasons]
            raise RefusedLead(*(map(_fault, reasons) if reasons else [Fault("incorrect_value", "it is held")]))
        if kind == "contact":
            return {**dict(taken.sent), "id": None, "contact_id": id_}, kind
        lead = leads_as_sell(db, [canonical.survivor(db, "lead", id_)], ids)
    shown = next(iter(lead.values()))
    return (shown if may_read else without_others(shown, taken.sent)), kind


def _fed(db: Writer, source: str, record: str) -> tuple[str, int | None]:
    row = streams.find_stream(db, source, STREAM)
    known = landing.known(db, row.id, [record]) if row is not None else {}
    links = landing.links(db, [each.id for each in known.values()])
    link = next((each for each in links if each.record_type in {"lead", "contact"} and each.identity), None)
    return (link.record_type, link.record_id) if link is not None else ("lead", None)


def standing_lead(db: Writer, lead_id: int) -> int:
    """Give the id of a lead in sight, that of the survivor where it was merged into another.

    Raises:
        RefusedLead: 404, there is none.
    """
    row = canonical.load(db, "lead", [lead_id]).get(lead_id)
    if row is not None and row["merged_into"] is not None:
        lead_id = canonical.survivor(db, "lead", lead_id)
        row = canonical.load(db, "lead", [lead_id]).get(lead_id)
    if row is None or row["deleted_at"] is not None or row["gone_at_source"] == "converted":
        raise RefusedLead(Fault("not_found", "there is no such lead"), status=NOT_FOUND)
    return lead_id


def one_lead(desk: Desk, lead_id: int) -> JsonObject:
    """Give a lead as it stands.

    Raises:
        RefusedLead: 404, there is none.
    """
    with desk.hub.store.read() as db:
        standing = standing_lead(db, lead_id)
        return leads_as_sell(db, [standing], ids_for(db, desk.connector.config))[standing]


def some_leads(desk: Desk, filters: Mapping[str, str], page: int, per_page: int) -> tuple[list[JsonObject], bool]:
    """Give a page of the leads that meet filters, by rising id, and whether there are more.

    Raises:
        RefusedLead: 400, there is no such filter.
    """
    with desk.hub.store.read() as db:
        ids = ids_for(db, desk.connector.config)
        found = find_leads(desk.hub, db, filters, ids, page * per_page + 1)
        wanted = found[(page - 1) * per_page : page * per_page]
        rows = leads_as_sell(db, wanted, ids)
    return [rows[id_] for id_ in wanted], len(found) > page * per_page
