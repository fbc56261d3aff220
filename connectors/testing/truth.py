"""What happened in the account, and what a reader must know of it in the end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.connector import Page, SourceRecord
from connectors.testing.standin import StandIn


@dataclass
class Known:
    """What somebody knows who stored what was read, page by page.

    Attributes:
        live: records by id, as they came last.
        gone: the event by which others left.
        read: how many records came in all.
    """

    live: dict[str, SourceRecord] = field(default_factory=dict)
    gone: dict[str, SourceRecord] = field(default_factory=dict)
    read: int = 0

    def take(self, records: Iterable[SourceRecord]) -> None:
        """Store records in their order."""
        for record in records:
            self.read += 1
            kept, other = (self.live, self.gone) if record.event == "live" else (self.gone, self.live)
            kept[record.id] = record
            other.pop(record.id, None)


@dataclass
class Storing:
    """Stores the pages of one pull as the hub does: what has no cursor behind it waits for a page that has one.

    Args:
        look: reads single records by their ids, where what is not listed any more must be looked for.
    """

    known: Known
    look: Callable[[Sequence[str]], list[SourceRecord]]
    waiting: list[SourceRecord] = field(default_factory=list)
    _listed: set[str] = field(default_factory=set)

    def take(self, page: Page) -> bool:
        """Store a page, and what it shows to be gone; false: there is no place to go on from behind it yet."""
        self.waiting += page.records
        if page.listed is not None:
            self._listed.update(page.listed.ids)
            if page.listed.every is not None:
                self.waiting += self._vanished(page.listed.every, look_again=page.listed.look_again)
                self._listed.clear()
        if page.cursor is None:
            return False
        self.known.take(self.waiting)
        self.waiting = []
        return True

    def _vanished(self, begins: str, *, look_again: bool) -> list[SourceRecord]:
        came = {record.id: record.event == "live" for record in self.waiting}
        there = {id_ for id_ in self.known.live if came.get(id_, True)} | {id_ for id_, live in came.items() if live}
        missing = sorted(id_ for id_ in there - self._listed if id_.startswith(begins))
        found = {record.id: record for record in self.look(missing)} if look_again and missing else {}
        return [found.get(id_) or SourceRecord(id_, {}, event="deleted") for id_ in missing]


class Truth:
    """An account in which things happen, each remembered.

    Attributes:
        texts: the text that the newest payload of each live record has, by id.
        archived: of those who can be brought back.
        merged: the winner's id by the loser's.
        doubtful: ids of which the API may not tell that they left, or came back.
    """

    def __init__(self, standin: StandIn) -> None:
        self._standin = standin
        self._made = 0
        self.texts: dict[str, str] = {}
        self.archived: dict[str, str] = {}
        self.merged: dict[str, str] = {}
        self.doubtful: set[str] = set()

    def _text(self) -> str:
        self._made += 1
        return f"kit{self._made:04d}x"

    def add(self, count: int = 1) -> list[str]:
        """Add so many people."""
        return [self._keep(self._standin.add(text), text) for text in [self._text() for _ in range(count)]]

    def add_at(self, *times: datetime) -> list[str]:
        """Add a person for each time, in this order."""
        return [self._keep(self._standin.add_at(text, when), text) for when in times for text in [self._text()]]

    def _keep(self, id_: str, text: str) -> str:
        self.texts[id_] = text
        return id_

    def change(self, id_: str) -> None:
        """Change a person."""
        text = self._text()
        self._standin.change(id_, text)
        self.texts[id_] = text
        self._doubt("change", id_)

    def delete(self, id_: str) -> None:
        """Delete a person."""
        self._standin.delete(id_)
        del self.texts[id_]
        self._doubt("delete", id_)

    def archive(self, id_: str) -> None:
        """Put a person away."""
        self._standin.archive(id_)
        self.archived[id_] = self.texts.pop(id_)
        self._doubt("archive", id_)

    def restore(self, id_: str) -> None:
        """Bring a person back."""
        self._standin.restore(id_)
        self.texts[id_] = self.archived.pop(id_)
        self._doubt("restore", id_)

    def merge(self, loser: str, winner: str) -> None:
        """Merge a person into another."""
        self._standin.merge(loser, winner)
        del self.texts[loser]
        self.merged[loser] = winner
        self._doubt("merge", loser)

    def _doubt(self, what: str, id_: str) -> None:
        if what in self._standin.untold:
            self.doubtful.add(id_)

    def faults(self, known: Known) -> dict[str, list[str]]:
        """Tell what a reader has wrong; empty when it knows the account as it is."""
        sure = {id_: text for id_, text in self.texts.items() if id_ not in self.doubtful}
        faults = {
            "lost": sorted(sure.keys() - known.live.keys()),
            "out of date": sorted(i for i, text in sure.items() if i in known.live and text not in said(known.live[i])),
            "there and should be gone": sorted(known.live.keys() - self.texts.keys() - self.doubtful),
            "merged into somebody else": sorted(
                loser for loser in self.merged if _winner(known, loser) not in {None, *self._winners(loser)}
            ),
        }
        return {fault: ids for fault, ids in faults.items() if ids}

    def _winners(self, loser: str) -> Iterator[str]:
        """Whom a person was merged into, and whom these were: to name any of them is right."""
        while loser in self.merged:
            loser = self.merged[loser]
            yield loser


def _winner(known: Known, loser: str) -> str | None:
    record = known.gone.get(loser)
    return record.merged_into if record is not None and record.event == "merged" else None


def said(record: SourceRecord) -> str:
    """Write a record's payload out.

    Raises:
        TypeError: it holds what JSON cannot.
    """
    return json.dumps(record.data, ensure_ascii=False, default=_refuse)


def _refuse(value: Any) -> None:
    raise TypeError(f"a payload holds {type(value).__name__}, which is not JSON")
