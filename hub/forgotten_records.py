"""Records of people who asked to be forgotten: not landed when they come, masked where others' records name them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from hub.batch import Item
from hub.implied import implied_people
from hub.land import payload
from sell_model.forgetting import Salted, without
from sell_model.matching.keys import face_of
from sell_model.types import JsonObject
from storage import forgotten, states
from storage.hot import Writer


@dataclass(slots=True)
class ForgottenRecords:
    """Keeps out of one stream's batches who was forgotten."""

    source: str
    stream: str
    _salt: Salted | None = None
    _hashes: frozenset[str] = frozenset()
    _version: tuple[int, str | None] = (0, None)

    def is_outdated(self, db: Writer) -> bool:
        """Whether somebody was forgotten, or let back, since it was read whom to look for."""
        return forgotten.version(db) != self._version

    def read(self, db: Writer) -> bool:
        """Read whom to look for, where that changed; tells whether there is anybody."""
        if self.is_outdated(db):
            self._version = forgotten.version(db)
            self._hashes = forgotten.forgotten(db)
            salt = states.state(db, forgotten.SALT)
            self._salt = Salted(bytes.fromhex(salt)) if salt else None
        return bool(self._hashes) and self._salt is not None

    def kept_out(
        self, items: list[Item], map_again: Callable[[Iterable[Item]], None]
    ) -> tuple[list[Item], list[tuple[str, str]]]:
        """Sort items: those that go on, masked where they name somebody; and of those that do not, their own hashes.

        Args:
            map_again: maps items anew whose payload was masked.

        Returns:
            The items that go on; of each that does not, its hash and one by which it was kept out.
        """
        salt = self._salt
        if salt is None:
            return items, []
        staying: list[Item] = []
        masked: list[Item] = []
        gone: list[tuple[str, str]] = []
        for item in items:
            if item.known is None and (known_by := self._known_by(salt, item)) is not None:
                gone.append((salt.of_record(self.source, self.stream, item.record.id), known_by))
                continue
            data = self._without_implied(salt, item, salt.masked(item.record.data, self._hashes))
            if data is not item.record.data:
                item.record.data, item.raw = data, payload(data)
                item.drafts.clear()
                item.held.clear()
                masked.append(item)
            staying.append(item)
        map_again(masked)
        return staying, gone

    def _known_by(self, salt: Salted, item: Item) -> str | None:
        own = salt.of_record(self.source, self.stream, item.record.id)
        if own in self._hashes:
            return own
        people = [draft for draft in item.drafts.values() if draft.record_type in {"lead", "contact"}]
        found = {each for d in people for each in (*salt.of_face(face_of(d)), *salt.of_ids(d.outside_ids))}
        return min(found & self._hashes, default=None)

    def _without_implied(self, salt: Salted, item: Item, data: JsonObject) -> JsonObject:
        """Leave out the name of somebody forgotten by which a deal's record would make them anew."""
        names = {
            name.strip()
            for draft in item.drafts.values()
            for name, outside in implied_people(draft, self.source)
            if not salt.of_ids(outside).isdisjoint(self._hashes)
        }
        if not names:
            return data
        rest: JsonObject = without(data, lambda text: None if text.strip() in names else text)
        return rest


def salted(db: Writer) -> Salted:
    """Give the hub's own way of hashing who was forgotten; its salt is made at the first use."""
    states.hold(db)
    salt = states.state(db, forgotten.SALT)
    if salt is None:
        salt = secrets.token_hex(32)
        states.set_state(db, forgotten.SALT, salt)
    return Salted(bytes.fromhex(salt))
