"""Finding what was archived: the list of the recycle bin, which knows no time filter."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.connector import JsonObject, Page
from connectors.hubspot.cursor import Bin, Progress, Step
from connectors.hubspot.gateway import Gateway, moment
from connectors.hubspot.objects import ObjectKind, archived_at, archived_records
from connectors.hubspot.settings import HubSpotConfig


def is_due(config: HubSpotConfig, bin_: Bin, now: int) -> bool:
    """Say whether to sweep in this run: always while the bin is small, else by the clock.

    Args:
        now: epoch milliseconds.
    """
    if bin_.swept is None or bin_.count <= config.archived_cheap:
        return True
    return now - bin_.swept >= config.archived_every * 3_600_000


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
