"""Records that are gone at their source, by the ids under which others there say that they are them.

A lead that its source converted is the contact that it became, and says so by that contact's id. When the contact is
deleted, nothing of the two is there any more, although nobody tells of the lead again.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field

import orjson

from hub.batch import Entity, Kind
from sell_model.draft import Draft
from sell_model.survivorship import Contribution
from storage.landing import LinkRow, LiveRow


@dataclass(slots=True)
class GoneIds:
    """Which ids are gone, by the record that they fed."""

    _found: dict[tuple[Kind, int], set[tuple[str, str, str]]] = field(default_factory=dict)
    """Record → source, name of the id, id."""

    def note(self, kind: Kind, links: Iterable[LinkRow], rows: Mapping[int, LiveRow], gone: Container[int]) -> None:
        """Note what fed records and is gone.

        Args:
            gone: source records that this batch says are gone.
        """
        for link in links:
            row = rows.get(link.source_record_id)
            if row is not None and row.good_drafts and (row.deleted_at is not None or row.id in gone):
                stream = link.mapping.rpartition(".")[0].replace("/", ".")
                standing = orjson.loads(row.good_drafts).get(link.mapping)
                value = Draft.from_json(standing).outside_ids.get(stream) if standing is not None else None
                if value is not None:
                    self._found.setdefault((kind, link.record_id), set()).add((row.source, stream, value))

    def silences(self, entity: Entity, voice: Contribution) -> bool:
        """Whether a voice says that it is a record of its own source that is gone there."""
        gone = self._found.get((entity.kind, entity.id))
        return gone is not None and any((voice.source, *its) in gone for its in voice.draft.outside_ids.items())
