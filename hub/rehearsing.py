"""Rehearsing: do the work within one transaction, look at what it came to, take it all back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field

from hub.opening import Hub
from hub.reports import StreamReport
from hub.resolve import Resolver
from sell_model.draft import Draft, Otherwise, Ref
from sell_model.matching.normal_forms import folded
from sell_model.types import JsonObject
from storage import rehearsal, roster
from storage.hot import Writer
from storage.rehearsal import HeldExample, Share

MOST_VALUES = 1_000
"""Distinct unknown values that are told apart; further ones are counted together."""
OTHERS = "…"
_NAMED = ("source", "loss_reason", "unqualified_reason")
_KIND_OF_CODE = {"unknown_owner": "owner", "unknown_stage": "stage", "unknown_value": "value"}


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that the hub does not know, and what would become of it."""

    kind: str
    """`owner`, `stage` or `value`."""
    field: str
    value: str
    count: int
    becomes: str
    """`held`, `left empty`, `made anew`, `waits …`, or who gets it: `pool Inbound`."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What work would have done; nothing of it was stored."""

    reports: list[StreamReport]
    unknown: list[Unknown]
    held: list[HeldExample]
    owners: list[Share]
    """Who would own how many of the new records."""

    def to_json(self) -> JsonObject:
        """Give the object that `--dry-run --json` prints."""
        return {
            "dry_run": True,
            "streams": [report.to_json() for report in self.reports],
            "unknown": [asdict(unknown) for unknown in self.unknown],
            "held": [{**asdict(held), "reasons": [r.to_json() for r in held.reasons]} for held in self.held],
            "owners": [asdict(share) for share in self.owners],
        }


def rehearse(hub: Hub, work: Callable[[], list[StreamReport]]) -> Rehearsal:
    """Do work and take it back: nothing is stored, no turn is spent, no cursor moves.

    The database is locked for other writers meanwhile, as by one long batch; `--limit` keeps it short.
    """
    with hub.store.rehearsal():
        with hub.store.read() as db:
            newest, names = rehearsal.newest_ids(db), _names(db)
        reports = work()
        with hub.store.read() as db:
            runs = sorted({report.run for report in reports})
            return Rehearsal(
                reports,
                _Unknowns(db, hub, names).of(reports),
                rehearsal.first_held(db, runs),
                rehearsal.owners_of_new(db, runs, newest),
            )


def _names(db: Writer) -> dict[tuple[str, str | None], set[str]]:
    """The names of sources and reasons as they are before anything is made anew."""
    wanted = [(table, kind) for table in _NAMED for kind in (*rehearsal.KINDS, None)]
    return {
        (table, kind): {folded(name) for name in roster.named(db, table, kind)}
        for table, kind in wanted
        if (table == "loss_reason") == (kind is None)
    }


@dataclass(slots=True)
class _Unknowns:
    """Counts the unknown values of runs: of what they hold, and of what they took in nevertheless."""

    db: Writer
    hub: Hub
    names: dict[tuple[str, str | None], set[str]]
    counted: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)

    def of(self, reports: Sequence[StreamReport]) -> list[Unknown]:
        """Give them, the most frequent of each kind first."""
        for run, source in {report.run: report.source for report in reports}.items():
            for reason in rehearsal.held_reasons(self.db, run):
                if kind := _KIND_OF_CODE.get(reason.code):
                    self._count(kind, reason.field, reason.value, "held")
            self._taken_in(rehearsal.drafts_of(self.db, run), source)
        ordered = sorted(self.counted.items(), key=lambda item: (item[0][0], item[0][1], -item[1], item[0][2]))
        return [Unknown(kind, name, value, count, becomes) for (kind, name, value, becomes), count in ordered]

    def _count(self, kind: str, name: str, value: str, becomes: str, by: int = 1) -> None:
        key = (kind, name, value, becomes)
        if key not in self.counted and len(self.counted) >= MOST_VALUES:
            key = (kind, name, OTHERS, becomes)
        self.counted[key] += by

    def _taken_in(self, drafts: Iterable[Draft], source: str) -> None:
        """Look at the references that did not keep their record from being taken in."""
        seen: dict[tuple[str, str, str, str], bool] = {}
        resolver = Resolver(self.db, source, self.hub.now())
        for draft in drafts:
            for name, ref in draft.refs.items():
                kind = ref.lookup if ref.lookup in {"owner", "stage"} else "value"
                if kind == "value" and ref.lookup not in _NAMED:
                    continue
                pipeline = draft.refs["pipeline"].value if "pipeline" in draft.refs else ""
                key = (draft.record_type, ref.lookup, ref.value, pipeline)
                if key not in seen and len(seen) < MOST_VALUES:
                    seen[key] = self._is_known(resolver, draft, ref)
                if not seen.get(key, True):
                    self._count(kind, name, ref.value, _becomes(ref.otherwise))

    def _is_known(self, resolver: Resolver, draft: Draft, ref: Ref) -> bool:
        if ref.lookup in _NAMED:
            kind = None if ref.lookup == "loss_reason" else draft.record_type
            return folded(ref.value) in self.names.get((ref.lookup, kind), ())
        strict: dict[str, Ref] = {ref.lookup: Ref(ref.lookup, ref.value, ref.stream, "hold")}
        if "pipeline" in draft.refs:
            strict["pipeline"] = draft.refs["pipeline"]
        asked = Draft(draft.record_type, {}, strict)
        return not any(reason.field == ref.lookup for reason in resolver.resolve(asked, {}).reasons)


def _becomes(otherwise: Otherwise) -> str:
    if isinstance(otherwise, dict):
        return "; ".join(f"{what} {name}" for what, name in otherwise.items())
    return {"leave": "left empty", "create": "made anew", "hold": "waits for the source to bring it"}[otherwise]
