"""A lead from a ticket, by hand: whoever sent it becomes one, although the mapping leaves such tickets out.

The ticket is taken in as a sync would take it, matched, merged and dealt out, and marked as chosen, so that
later syncs keep it up to date. `run undo` takes the choice back with what it made.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

from connectors.connector import SourceRecord, Stream
from hub.activation import mapping_files
from hub.again import landed_again, release_waiting
from hub.batching import prepared, take_batch
from hub.by_hand import acting, refused
from hub.closing import close_stream
from hub.connecting import open_connector
from hub.gathering import Gathered
from hub.opening import Hub
from hub.process_at_work import expect_answered, process_of
from hub.records import shown_id
from hub.runs import Options, under_lease
from hub.settings import SourcePart
from mappings.compile import Mapping, compile_mapping
from sell_model.draft import Held
from sell_model.errors import SetupError
from sell_model.types import JsonObject
from storage import canonical, landing, streams
from storage.landing import Known, LinkRow

STREAM = "tickets"
LONGEST = 20
"""Digits of a ticket's number, at most."""
Made: TypeAlias = Literal["created", "joined", "standing"]


@dataclass(frozen=True, slots=True)
class FromTicket:
    """What became of a ticket that somebody chose."""

    source: str
    ticket: str
    made: Made
    """The record was `created`, the ticket `joined` one that was known, or it was `standing` there already."""
    record_type: str
    """`lead`; `contact` where whoever sent it is one."""
    id: int
    name: str
    run: int | None
    """The run that did it; None where nothing was to be done."""

    def to_json(self) -> JsonObject:
        """Give the object that `lead from-ticket --json` prints."""
        return asdict(self)


def lead_from_ticket(
    hub: Hub, ticket: str, source: str | None = None, *, by: str | None = None, dry_run: bool = False
) -> FromTicket:
    """Make a lead of whoever sent a ticket; the same ticket again is the same lead.

    Args:
        ticket: its number, as people write it: `35436`, `#35436`.
        source: of hub.toml; None: the only one that has tickets.
        by: who does it; see `hub.by_hand.acting`.
        dry_run: do it all, then take it back.

    Raises:
        SetupError: no such source or ticket, or no lead can be made of it; the text names every reason.
        BusyError: the source is being synced just now.
        ConnectorError: a ticket that was never read cannot be fetched.
    """
    number = _number(ticket)
    name = _source(hub, source)
    expect_answered(hub, name)
    mapping = _lead_mapping(hub, name, hub.settings.source(name))
    known = _known(hub, name, number)
    if known is not None and (link := _feeds(hub, known.id)) is not None:
        return _told(hub, name, number, "standing", link, None)
    record = _record(hub, name, number, known)
    outcome = mapping.apply(record.data, chosen=True)
    if isinstance(outcome, Held):
        raise refused("lead", outcome.reasons)
    with hub.store.rehearsal() if dry_run else nullcontext():
        return _take(hub, name, record, mapping, acting(by), is_landed=known is not None)


def _take(hub: Hub, name: str, record: SourceRecord, mapping: Mapping, who: str, *, is_landed: bool) -> FromTicket:
    stream = Stream(STREAM, "people")
    began = hub.now()
    remembered = {"what": f"lead from-ticket {record.id}", "by": who}
    with under_lease(hub, name, [stream], Options(kind="choose", remembered=remembered)) as run:
        sync = prepared(run, stream)
        take_batch(sync, Gathered([record]), again=is_landed, chosen=[mapping.name])
        run.reports.append(close_stream(sync, None, [], 0.0, 0, read=False))
        release_waiting(run)
    known = _known(hub, name, record.id)
    link = _feeds(hub, known.id) if known is not None else None
    if known is None or link is None:
        raise SetupError(
            f"ticket {record.id} of {name} is held",
            fix=f"see why, and mend it: sellhub held show {name}.{STREAM}:{record.id}; then say it again",
        )
    with hub.store.read() as db:
        row = canonical.load(db, link.record_type, [link.record_id])[link.record_id]
    return _told(hub, name, record.id, "created" if row["created_at"] >= began else "joined", link, run.id)


def _number(text: str) -> str:
    number = text.strip().removeprefix("#")
    if not (number.isascii() and number.isdigit()) or len(number) > LONGEST:
        raise SetupError(f"{text!r} is no ticket's number", fix="write it like 35436, as the ticket's address ends")
    return number.lstrip("0") or "0"


def _source(hub: Hub, named: str | None) -> str:
    """Find the source whose tickets are meant."""
    having = [name for name, part in hub.settings.sources.items() if _has_tickets(hub, part)]
    if named is not None:
        part = hub.settings.source(named)
        if named not in having:
            raise SetupError(
                f"{named} ({part.connector}) has no tickets that make leads",
                fix=f"name one that has: {', '.join(having) or 'none yet'}",
            )
        return named
    if len(having) != 1:
        raise SetupError(
            f"several sources have tickets: {', '.join(having)}" if having else "no source of hub.toml has tickets",
            fix="say which: --source NAME" if having else 'add one with connector = "zendesk_support": sellhub init',
        )
    return having[0]


def _has_tickets(hub: Hub, part: SourcePart) -> bool:
    return any(file.spec and file.spec.to == "lead" for file in hub.library.for_stream(part.connector, STREAM))


def _lead_mapping(hub: Hub, name: str, part: SourcePart) -> Mapping:
    file = next(file for file in mapping_files(hub, part, STREAM) if file.spec and file.spec.to == "lead")
    with hub.store.read() as db:
        process = process_of(hub, db, name)
    return compile_mapping(file, hub.context, process.over if process else None)


def _known(hub: Hub, source: str, number: str) -> Known | None:
    with hub.store.read() as db:
        stream = streams.find_stream(db, source, STREAM)
        return landing.known(db, stream.id, [number]).get(number) if stream else None


def _feeds(hub: Hub, source_record_id: int) -> LinkRow | None:
    """What a ticket feeds: the lead or contact of whoever sent it."""
    with hub.store.read() as db:
        links = landing.links(db, [source_record_id])
    return next((link for link in links if link.record_type in {"lead", "contact"}), None)


def _record(hub: Hub, name: str, number: str, known: Known | None) -> SourceRecord:
    """Give the ticket as it was landed, else as the source has it."""
    if known is not None and known.deleted_at is not None:
        raise SetupError(f"ticket {number} was deleted at {name}", fix="restore it there, sync, then say it again")
    if known is not None:
        with hub.store.read() as db:
            return landed_again(landing.landed(db, [known.id])[0])
    with open_connector(hub, name) as connector:
        found = [record for record in connector.fetch(STREAM, [number]) if record.event == "live"]
    if not found:
        raise SetupError(
            f"{name} has no ticket {number}, or none that its user may see",
            fix="check the number; a deleted ticket makes no lead",
        )
    return found[0]


def _told(hub: Hub, source: str, number: str, made: Made, link: LinkRow, run: int | None) -> FromTicket:
    """Tell of the record as it stands now: merged or converted since, it is another one."""
    with hub.store.read() as db:
        id_ = canonical.survivor(db, link.record_type, link.record_id)
        row = canonical.load(db, link.record_type, [id_])[id_]
    names = (row.get("first_name"), row.get("last_name") or row.get("name") or row.get("organization_name"))
    said = " ".join(str(each) for each in names if each) or shown_id(link.record_type, id_)
    return FromTicket(source, number, made, link.record_type, id_, said, run)
