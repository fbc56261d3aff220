"""What others' rows say of somebody who is forgotten: their name, address and number are taken out of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from hub.key_keeping import renew_keys
from sell_model.forgetting import Identifiers, without
from storage import facets, forgotten
from storage.forgotten import TextRow
from storage.hot import Writer
from storage.tables import metadata

_GONE_WHOLE = frozenset({"suggestion", "prospect", "pending_ref", "held"})
"""Tables whose rows are about one person: a row that names them goes."""
_NAMED_BY = frozenset({"tag", "prospect_suppression"})
"""Tables whose rows are but a name: one that is the person's goes, since nothing bears it any more."""
_WITH_FACETS = ("lead", "contact", "deal", "call")
_KEPT = frozenset({"source_id", "source", "kind", "op"})
"""Columns that tell where a row belongs: an id of somebody else's at a source."""


@dataclass(slots=True)
class Cleaning:
    """One person's names in what belongs to others.

    Args:
        beside: source records of others that name the person in columns of their own.
        removed: counts rows that went, by table.
        cleaned: counts rows from which the person was taken out, by table.
    """

    db: Writer
    identifiers: Identifiers
    beside: set[int]
    removed: Counter[str]
    cleaned: Counter[str]

    def loose(self) -> set[int]:
        """Find the source records that name the person and feed nothing."""
        naming = forgotten.naming(self.db, self.identifiers.probes, "source_record")
        return forgotten.unlinked(self.db, [row.key[0] for row in naming if self._changed(row)])

    def clean(self) -> dict[str, set[int]]:
        """Take the person out of every row that names them; gives the ids of those that were changed, by table."""
        touched: dict[str, set[int]] = {}
        for row in [*forgotten.naming(self.db, self.identifiers.probes), *self._beside_rows()]:
            texts = self._changed(row)
            if not texts:
                continue
            if row.table in _GONE_WHOLE or (row.table in _NAMED_BY and None in texts.values()):
                self.removed[row.table] += self._remove(row)
                continue
            forgotten.rewrite(self.db, row, texts)
            self.cleaned[row.table] += 1
            touched.setdefault(row.table, set()).add(row.key[0])
        renew_keys(self.db, touched.get("source_record", ()))
        for kind in _WITH_FACETS:
            if ids := touched.get(kind):
                facets.refile(self.db, kind, ids)
        return touched

    def _beside_rows(self) -> Iterable[TextRow]:
        return forgotten.rows_of(self.db, "source_record", self.beside)

    def _changed(self, row: TextRow) -> dict[str, str | None]:
        """Give the columns of a row that name the person, without them."""
        whole = row.table == "source_record" and row.key[0] in self.beside
        texts = {name: (text, self._clean(text, whole=whole)) for name, text in row.texts.items() if name not in _KEPT}
        return {name: after for name, (text, after) in texts.items() if after != text}

    def _clean(self, text: str, *, whole: bool) -> str | None:
        """Take the person out of a text, or of the texts within JSON; the very text where they are not in it."""
        taken_out = self.identifiers.taken_out_whole if whole else self.identifiers.taken_out
        if text[:1] in {"{", "[", '"'}:
            try:
                value = json.loads(text)
            except ValueError:
                return taken_out(text)
            rest = without(value, taken_out)
            same = rest is value or rest == value
            return text if same else json.dumps(rest, ensure_ascii=not _is_whole(text), separators=(",", ":"))
        return taken_out(text)

    def _remove(self, row: TextRow) -> int:
        columns = [str(column.name) for column in metadata.tables[row.table].primary_key.columns]
        first, *rest = zip(columns, row.key, strict=True)
        return forgotten.remove(self.db, row.table, first[0], [first[1]], *rest[:1])


def _is_whole(text: str) -> bool:
    """Whether a text holds no half of a surrogate pair: such JSON stays escaped."""
    return "\\ud" not in text.lower()
