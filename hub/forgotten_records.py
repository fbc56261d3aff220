"""Records of people who asked to be forgotten: not landed when they come, masked where others' records name them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hub.batch import Item
from hub.land import payload
from sell_model.forgetting import Salted
from sell_model.matching.keys import face_of
from storage import forgotten, states
from storage.hot import Writer


@dataclass(slots=True)
class ForgottenRecords:
    """Keeps out of one stream's batches who was forgotten."""

    source: str
    stream: str
    _salt: Salted | None = None
    _hashes: frozenset[str] = frozenset()

    def read(self, db: Writer) -> bool:
        """Read whom to look for, where that changed; tells whether there is anybody."""
        count = forgotten.any_forgotten(db)
        if count != len(self._hashes):
            self._hashes = forgotten.forgotten(db)
            salt = states.state(db, forgotten.SALT)
            self._salt = Salted(bytes.fromhex(salt)) if salt else None
        return bool(self._hashes) and self._salt is not None

    def kept_out(self, items: list[Item], map_again: Callable[[Iterable[Item]], None]) -> tuple[list[Item], list[str]]:
        """Sort items: those that go on, masked where they name somebody; and the hashes of those that do not.

        Args:
            map_again: maps items anew whose payload was masked.
        """
        salt = self._salt
        if salt is None:
            return items, []
        staying, masked, gone = [], [], []
        for item in items:
            if item.known is None and self._is_forgotten(salt, item):
                gone.append(salt.of_record(self.source, self.stream, item.record.id))
                continue
            data = salt.masked(item.record.data, self._hashes)
            if data is not item.record.data:
                item.record.data, item.raw = data, payload(data)
                item.drafts.clear()
                item.held.clear()
                masked.append(item)
            staying.append(item)
        map_again(masked)
        return staying, gone

    def _is_forgotten(self, salt: Salted, item: Item) -> bool:
        if salt.of_record(self.source, self.stream, item.record.id) in self._hashes:
            return True
        people = (draft for draft in item.drafts.values() if draft.record_type in {"lead", "contact"})
        return any(not salt.of_face(face_of(draft)).isdisjoint(self._hashes) for draft in people)
