"""Source records of a type: properties, relations, and what stands beside them, in one shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from connectors.connector import JsonObject, SourceRecord
from connectors.hubspot.beside import Beside
from connectors.hubspot.objects import ObjectKind, Relations, live_records
from connectors.hubspot.properties import Properties


class Maker:
    """Makes a type's source records, whichever endpoint its records came from."""

    def __init__(self, kind: ObjectKind, properties: Properties, beside: Beside) -> None:
        self.kind = kind
        self._properties = properties
        self._beside = beside

    @property
    def names(self) -> Sequence[str]:
        """The properties to ask for; a call when first asked."""
        return self._properties.names

    def made(self, records: Sequence[JsonObject], related: Mapping[str, Relations]) -> Iterator[SourceRecord]:
        """Make the source records of some live records, losers of merges after their winner."""
        beside = self._beside.of(records, related)
        for record in records:
            id_ = record["id"]
            yield from live_records(self.kind, self.names, record, related.get(id_, {}), beside.get(id_, {}))
