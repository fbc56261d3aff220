"""What changed since the last read: search over the modified property, by rising id.

`hs_object_id GT last` is a keyset: search's cap of 10,000 records per query is never met, and a whole
import within one millisecond is read like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from connectors.connector import JsonObject, Page, SourceRecord
from connectors.errors import TransientError
from connectors.hubspot.cursor import Progress, Step
from connectors.hubspot.gateway import Found, Gateway, moment
from connectors.hubspot.making import Maker
from connectors.hubspot.objects import changed_at


class Changes:
    """Walks the records changed since `progress.mark.start` and proves the walk complete.

    There is no upper bound, so that a record cannot slip out of the window by changing once more; the
    mark is only moved up to the time before which search is sure to show everything. While nothing has
    changed, the properties are not asked for.
    """

    def __init__(self, gateway: Gateway, maker: Maker) -> None:
        self._gateway = gateway
        self._maker = maker
        self._kind = maker.kind

    def pages(self, progress: Progress, step: Step) -> Iterator[Page]:
        """Yield pages of at most as many records as one associations call takes.

        Raises:
            TransientError: search gave fewer records than it says match.
        """
        done = step.place is None and self._is_quiet(progress)
        if done:
            yield self._last_page(progress, step, [])
        while not done:
            fresh, done = self._gathered(progress, step)
            page = list(self._completed(fresh))
            if done and (short := self._missing(progress, step)):
                yield self._begun_anew(progress, step, page)
                raise TransientError(
                    f"HubSpot {self._kind.name}: {short} changed records were left out by the search",
                    fix="the next run reads the same window again",
                )
            yield self._last_page(progress, step, page) if done else Page(page, progress.written())

    @staticmethod
    def _begun_anew(progress: Progress, step: Step, records: list[SourceRecord]) -> Page:
        progress.step = Step("search", step.began)
        return Page(records, progress.written())

    def _last_page(self, progress: Progress, step: Step, records: list[SourceRecord]) -> Page:
        progress.mark.finish(self._safe(step), self._overlap)
        progress.step = None
        return Page(records, progress.written())

    def _is_quiet(self, progress: Progress) -> bool:
        """Look, in one call, whether all that search shows was read before."""
        found = self._gateway.search(self._kind.name, self._since(progress))
        if found.more or (found.total or 0) > len(found.records):
            return False
        changed = ((record["id"], moment(changed_at(self._kind, record))) for record in found.records)
        return all(progress.mark.knows(*version) for version in changed)

    @property
    def _overlap(self) -> int:
        return round(self._gateway.config.overlap * 1000)

    def _safe(self, step: Step) -> int:
        return step.began - round(self._gateway.config.lag * 1000)

    def _gathered(self, progress: Progress, step: Step) -> tuple[list[JsonObject], bool]:
        """Search on until an associations call is full, or nothing is left."""
        config = self._gateway.config
        room = config.relations_batch if self._kind.relates_to else config.search_page
        fresh: list[JsonObject] = []
        done = False
        while not done and len(fresh) + min(config.search_page, room) <= room:
            found = self._found(progress, step)
            done = self._count(step, found)
            fresh += [record for record in found.records if self._is_new(progress, step, record)]
        return fresh, done

    def _found(self, progress: Progress, step: Step) -> Found:
        filters = [{"propertyName": "hs_object_id", "operator": "GT", "value": step.place or "0"}]
        found = self._gateway.search(self._kind.name, self._since(progress) + filters, self._maker.names)
        ids = [int(step.place or 0), *(int(record["id"]) for record in found.records)]
        if any(one >= next_ for one, next_ in pairwise(ids)):
            raise TransientError(f"HubSpot {self._kind.name}: search did not answer by rising hs_object_id")
        return found

    def _since(self, progress: Progress) -> list[JsonObject]:
        start = progress.mark.start
        return [self._modified("GTE", start)] if start > 0 else []

    def _modified(self, operator: str, time: int) -> JsonObject:
        return {"propertyName": self._kind.modified, "operator": operator, "value": str(time)}

    def _count(self, step: Step, found: Found) -> bool:
        """Note what a page says of those still to come; True: none are."""
        if found.total is None:
            done = not found.more
        else:
            step.doubt = step.doubt or (step.left is not None and found.total < step.left)
            step.left = max(0, found.total - len(found.records))
            done = step.left == 0
        if not found.records and not done:
            raise TransientError(f"HubSpot {self._kind.name}: search says {step.left} are left and gives none")
        step.place = found.records[-1]["id"] if found.records else step.place
        return done

    def _is_new(self, progress: Progress, step: Step, record: JsonObject) -> bool:
        changed = moment(changed_at(self._kind, record))
        final = changed <= self._safe(step)
        step.read += final
        known = progress.mark.knows(record["id"], changed)
        progress.mark.note(record["id"], changed, self._overlap, final=final)
        return not known

    def _missing(self, progress: Progress, step: Step) -> int:
        """Count what search still knows of and did not give; no call unless the pages left a doubt."""
        if not step.doubt:
            return 0
        window = [*self._since(progress), self._modified("LTE", self._safe(step))]
        total = self._gateway.search(self._kind.name, window, limit=1).total
        return max(0, (total or 0) - step.read)

    def _completed(self, records: list[JsonObject]) -> Iterator[SourceRecord]:
        """Add the relations, which search does not give."""
        ids = [record["id"] for record in records]
        name = self._kind.name
        related = {to: self._gateway.relations(name, to, ids) for to in self._kind.relates_to}
        relations = {id_: {to: by_id.get(id_, set()) for to, by_id in related.items()} for id_ in ids}
        return self._maker.made(records, relations)
