"""All records of a type: the list endpoint, by rising id, without a cap.

The first read is one such walk. Later ones are sweeps: they see what touches no time of change, such as
relations, calculated properties, renamed stages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from urllib.parse import quote_plus

from connectors.connector import JsonObject, Page, SourceRecord
from connectors.errors import TransientError
from connectors.hubspot.cursor import Progress, Step
from connectors.hubspot.gateway import Gateway, Listing, moment
from connectors.hubspot.making import Maker
from connectors.hubspot.objects import changed_at


class WholeRead:
    """Walks the list of live records and proves it complete by the search's `total`.

    New records have higher ids, so nothing shifts while we walk; what changes behind us is changed after
    the walk began, and found by the next search. Only a first read (step `list`) sets the mark from which
    changes are read on. More properties than a URL holds are read by batch/read.
    """

    def __init__(self, gateway: Gateway, maker: Maker) -> None:
        self._gateway = gateway
        self._maker = maker
        self._kind = maker.kind
        self._last_ids: set[str] = set()

    def pages(self, progress: Progress, step: Step) -> Iterator[Page]:
        """Yield the pages from where `step` stands to the end.

        Raises:
            TransientError: HubSpot gave fewer records than it says there are.
        """
        safe = step.began - round(self._gateway.config.lag * 1000)
        while progress.step is not None:
            listing = self._listing(step)
            records = self._records(progress, step, listing, safe)
            step.place = listing.after
            if listing.after is None:
                yield from self._proved(progress, step, safe)
                if step.name == "list":
                    progress.mark.finish(safe, self._overlap)
                progress.step, progress.swept = None, step.began
            yield Page(records, progress.written())

    def _proved(self, progress: Progress, step: Step, safe: int) -> Iterator[Page]:
        """Yield nothing if all was read; else the cursor that begins anew, and raise.

        A sweep that fails is given up until the next run has read what changed, which must not wait for it.
        """
        if short := self._missing(step, safe):
            is_first = step.name == "list"
            anew = Progress(step=Step("list", step.began)) if is_first else replace(progress, step=None)
            yield Page([], anew.written())
            raise TransientError(
                f"HubSpot {self._kind.name}: {short} records were left out by the list",
                fix=f"the next run {'reads the list' if is_first else 'sweeps'} again from its beginning",
            )

    @cached_property
    def _wide(self) -> bool:
        return sum(len(quote_plus(name)) + 3 for name in self._maker.names) > self._gateway.config.url_limit

    @property
    def _overlap(self) -> int:
        return round(self._gateway.config.overlap * 1000)

    def _listing(self, step: Step) -> Listing:
        asked = ["hs_object_id"] if self._wide else self._maker.names
        return self._gateway.page(self._kind.name, step.place, asked, self._kind.relates_to)

    def _records(self, progress: Progress, step: Step, listing: Listing, safe: int) -> list[SourceRecord]:
        records = [record for record in listing.records if record["id"] not in self._last_ids]
        relations = self._relations(records)
        step.read += sum(self._created(record) <= safe for record in records)
        self._last_ids = {record["id"] for record in listing.records}
        filled = self._filled(records)
        for record in filled if step.name == "list" else ():
            changed = moment(changed_at(self._kind, record))
            progress.mark.note(record["id"], changed, self._overlap, final=changed <= safe)
        return list(self._maker.made(filled, relations))

    def _filled(self, records: list[JsonObject]) -> list[JsonObject]:
        """Give the records with all their properties; who was archived in between is left out."""
        if not self._wide:
            return records
        full = self._gateway.read(self._kind.name, [record["id"] for record in records], self._maker.names)
        return [full[record["id"]] for record in records if record["id"] in full]

    def _relations(self, records: list[JsonObject]) -> dict[str, dict[str, set[str]]]:
        """Take the relations that came on board, and ask for the rest of those that did not fit."""
        related = {record["id"]: {to: _aboard(record, to) for to in self._kind.relates_to} for record in records}
        for to in self._kind.relates_to:
            cut = [record["id"] for record in records if _is_cut(record, to)]
            for id_, ids in (self._gateway.relations(self._kind.name, to, cut) if cut else {}).items():
                related[id_][to] |= ids
        return related

    def _missing(self, step: Step, safe: int) -> int:
        """Count the records that search knows of and the list did not give; one call."""
        before = {"propertyName": self._kind.created, "operator": "LTE", "value": str(safe)}
        total = self._gateway.search(self._kind.name, [before], limit=1).total
        return max(0, (total or 0) - step.read)

    def _created(self, record: JsonObject) -> int:
        return moment((record.get("properties") or {}).get(self._kind.created) or record.get("createdAt") or 0)


def _aboard(record: JsonObject, to: str) -> set[str]:
    results = ((record.get("associations") or {}).get(to) or {}).get("results") or ()
    return {str(row["id"]) for row in results if isinstance(row, dict) and "id" in row}


def _is_cut(record: JsonObject, to: str) -> bool:
    paging = ((record.get("associations") or {}).get(to) or {}).get("paging") or {}
    return bool(paging.get("next"))
