"""Whether a record that somebody is sending would be held: they can still correct it, so they are told at once."""

from __future__ import annotations

from connectors.connector import SourceRecord
from hub.activation import mapping_files
from hub.land import payload
from hub.open_fields import both, open_fields
from hub.opening import Hub
from hub.process_at_work import process_of
from mappings.compile import compile_mapping
from sell_model.draft import Held, Reason


def reasons_of(hub: Hub, source: str, stream: str, record: SourceRecord) -> tuple[Reason, ...]:
    """Map a record and give the reasons why it would be held; nothing is written.

    What it refers to is not looked up: that may be there by the time it is taken in.

    Raises:
        SetupError: the stream's mapping cannot be used.
    """
    part = hub.settings.source(source)
    with hub.store.read() as db:
        process = process_of(hub, db, source)
        over = both(process.over if process else None, open_fields(db, part))
        files = mapping_files(hub, part, stream)
        outcomes = [compile_mapping(file, hub.context, over).apply(record.data) for file in files]
    if process is not None:
        outcomes = [process.judged(outcome, record.id) for outcome in outcomes]
    found = [reason for outcome in outcomes if isinstance(outcome, Held) for reason in outcome.reasons]
    if not found and b"\\u0000" in payload(record.data):
        found.append(Reason("", "", "contains a NUL character, which cannot be stored as text", "leave it out", "nul"))
    return tuple(found)
