"""Finding what search does not show: when to sweep, and the recycle bin, whose list knows no time filter."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.connector import JsonObject, Page
from connectors.hubspot.cursor import Bin, Progress, Step
from connectors.hubspot.gateway import Gateway, moment
from connectors.hubspot.objects import ObjectKind, archived_at, archived_records
from connectors.hubspot.settings import HubSpotConfig

HOUR = 3_600_000
"""Milliseconds."""


def bin_is_due(config: HubSpotConfig, bin_: Bin, now: int) -> bool:
    """Say whether to sweep the bin in this run: always while it is small, else by the clock.

    Args:
        now: epoch milliseconds.
    """
    if bin_.swept is None or bin_.count <= config.archived_cheap:
        return True
    return now - bin_.swept >= config.archived_every * HOUR


def relations_are_due(config: HubSpotConfig, kind: ObjectKind, swept: int | None, now: int) -> bool:
    """Say whether to walk over all records of a type in this run; one without relations is never swept.

    Args:
        swept: when that was last begun; None: never.
        now: epoch milliseconds.
    """
    if not kind.relates_to:
        return False
    return swept is None or now - swept >= config.relations_every * kind.swept * HOUR


def sweep(gateway: Gateway, kind: ObjectKind, progress: Progress, step: Step) -> Iterator[Page]:
    """Yield what was archived since the last sweep; the first one yields all that is in the bin."""
    overlap, lag = (round(seconds * 1000) for seconds in (gateway.config.overlap, gateway.config.lag))
    while progress.step is not None:
        listing = gateway.archived_page(kind.name, step.place, kind.always_asked())
        fresh = [record for record in listing.records if _is_new(progress.bin, record, overlap)]
        step.read += len(listing.records)
        step.place = listing.after
        if listing.after is None:
            progress.bin.swept, progress.bin.count = step.began, step.read
            progress.bin.mark.finish(step.began - lag, overlap)
            progress.step = None
        made = [one for record in fresh for one in archived_records(kind, record)]
        yield Page(made, progress.written())


def _is_new(bin_: Bin, record: JsonObject, overlap: int) -> bool:
    archived = moment(archived_at(record))
    new = archived >= bin_.mark.start and not bin_.mark.knows(record["id"], archived)
    bin_.mark.note(record["id"], archived, overlap)
    return new
