"""References of records made by hand: they name our own records by our own ids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from hub.batch import Resolved
from hub.intent import Intent
from hub.resolve import RECORD_LOOKUPS, Resolver
from hub.settings import HAND
from sell_model.draft import Draft, Ref
from storage.canonical import load, survivor
from storage.hot import Writer


def resolver_for(db: Writer, source: str, now: str, users_awaited: bool, currency: str) -> Resolver:
    """Give the resolver of a source's references; what people made by hand is a source of its own."""
    made = OwnResolver if source == HAND else Resolver
    return made(db, source, now, users_awaited, currency)


@dataclass(slots=True)
class Resolvers:
    """The resolvers of one transaction, each made when its source is first asked about."""

    db: Writer
    intent: Intent
    now: str
    _made: dict[str, Resolver] = field(default_factory=dict)

    def of(self, source: str) -> Resolver:
        """Give the resolver of a source's references."""
        if source not in self._made:
            awaited = bool(source) and self.intent.users_awaited(source)
            self._made[source] = resolver_for(self.db, source, self.now, awaited, self.intent.currency)
        return self._made[source]


class OwnResolver(Resolver):
    """Resolves what a person meant: records and stages by our ids, owners by address, sources and reasons by name."""

    def prefetch(self, drafts: Iterable[Draft]) -> None:
        """Nothing to look up ahead: people make few records at a time."""

    def knows(self, ref: Ref) -> bool:
        """Whether a reference names a record of ours."""
        return self._own(ref) is not None

    def _record(self, name: str, ref: Ref, column: str, result: Resolved) -> None:
        found = self._own(ref)
        if found is not None:
            result.ids[column] = found
        elif ref.otherwise != "leave":
            result.pending[name] = ref

    def _own(self, ref: Ref) -> int | None:
        """Follow an id to the record that is in sight: it may have been merged into another."""
        if ref.lookup not in RECORD_LOOKUPS or not ref.value.isdecimal():
            return None
        table = "deal" if ref.lookup == "deal" else "contact"
        id_ = int(ref.value)
        if id_ not in load(self.db, table, [id_]):
            return None
        return id_ if table == "deal" else survivor(self.db, table, id_)

    def _stage(self, draft: Draft, ref: Ref, result: Resolved) -> None:
        self._read_roster()
        if any(str(stage.id) == ref.value for stage in self._stages):
            result.ids["stage_id"] = int(ref.value)
        else:
            super()._stage(draft, ref, result)
