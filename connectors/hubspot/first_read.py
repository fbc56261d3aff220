"""The first read of an object type: the list endpoint, by rising id, without a cap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote_plus

from connectors.connector import JsonObject, Page, SourceRecord
from connectors.errors import TransientError
from connectors.hubspot.cursor import Progress, Step
from connectors.hubspot.gateway import Gateway, Listing, moment
from connectors.hubspot.objects import ObjectKind, changed_at, live_records


class FirstRead:
    """Walks the list of live records and proves it complete by the search's `total`.

    New records have higher ids, so nothing shifts while we walk; what changes behind us is changed after
    the walk began, and found by the next search.

    Args:
        names: properties to ask for; too many for a URL are read by batch/read.
    """

    def __init__(self, gateway: Gateway, kind: ObjectKind, names: Sequence[str]) -> None:
        self._gateway = gateway
        self._kind = kind
        self._names = names
        self._wide = sum(len(quote_plus(name)) + 3 for name in names) > gateway.config.url_limit
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
                yield from self._proved(step, safe)
                progress.mark.finish(safe, self._overlap)
                progress.step = None
            yield Page(records, progress.written())

    def _proved(self, step: Step, safe: int) -> Iterator[Page]:
        """Yield nothing if all was read; else the cursor that begins anew, and raise."""
        if short := self._missing(step, safe):
            yield Page([], Progress(step=Step("list", step.began)).written())
            raise TransientError(
                f"HubSpot {self._kind.name}: {short} records were left out by the list",
                fix="the next run reads the list again from its beginning",
            )

    @property
    def _overlap(self) -> int:
        return round(self._gateway.config.overlap * 1000)

    def _listing(self, step: Step) -> Listing:
        asked = ["hs_object_id"] if self._wide else self._names
        return self._gateway.page(self._kind.name, step.place, asked, self._kind.relates_to)

    def _records(self, progress: Progress, step: Step, listing: Listing, safe: int) -> list[SourceRecord]:
        records = [record for record in listing.records if record["id"] not in self._last_ids]
        relations = self._relations(records)
        step.read += sum(_created(record) <= safe for record in records)
        self._last_ids = {record["id"] for record in listing.records}
        made: list[SourceRecord] = []
        for record in self._filled(records):
            changed = moment(changed_at(self._kind, record))
            progress.mark.note(record["id"], changed, self._overlap, final=changed <= safe)
            made += live_records(self._kind, self._names, record, relations.get(record["id"], {}))
        return made

    def _filled(self, records: list[JsonObject]) -> list[JsonObject]:
        """Give the records with all their properties; who was archived in between is left out."""
        if not self._wide:
            return records
        full = self._gateway.read(self._kind.name, [record["id"] for record in records], self._names)
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
        before = {"propertyName": "createdate", "operator": "LTE", "value": str(safe)}
        total = self._gateway.search(self._kind.name, [before], limit=1).total
        return max(0, (total or 0) - step.read)


def _created(record: JsonObject) -> int:
    return moment((record.get("properties") or {}).get("createdate") or record.get("createdAt") or 0)


def _aboard(record: JsonObject, to: str) -> set[str]:
    results = ((record.get("associations") or {}).get(to) or {}).get("results") or ()
    return {str(row["id"]) for row in results if isinstance(row, dict) and "id" in row}


def _is_cut(record: JsonObject, to: str) -> bool:
    paging = ((record.get("associations") or {}).get(to) or {}).get("paging") or {}
    return bool(paging.get("next"))
