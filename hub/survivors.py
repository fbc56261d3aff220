"""Survivorship rules in force: a changed file is applied to what is stored, as a changed mapping is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub.batch import Kind
from hub.by_hand import Hand, by_hand
from hub.mapping_desk import Checked
from hub.opening import Hub
from hub.records import shown_id
from hub.survival import STATE, file_path, known_to, outdate, survival_of
from mappings.survivors import FILE_NAME, NAME, SurvivorsFile, check_survivors, notes_of
from sell_model.errors import SetupError
from sell_model.types import JsonObject
from storage import canonical, definitions, landing, states
from storage.canonical import CanonicalRow

PORTION = 500
SHOWN = 20
_KINDS: tuple[Kind, ...] = ("lead", "contact", "deal")


@dataclass(slots=True)
class Applied:
    """What applying the rules came to."""

    version: str
    records: int = 0
    """Records that several source records feed, and that were computed anew."""
    changed: int = 0
    differences: list[JsonObject] = field(default_factory=list)
    """Of the first twenty records that changed: record, field, before, now."""
    shown: int = 0
    """Of how many records they are."""

    def to_json(self) -> JsonObject:
        """Give the object that `map survivors --json` prints."""
        return {
            "version": self.version or None,
            "records": self.records,
            "changed": self.changed,
            "differences": self.differences,
        }


class _NothingChangedError(Exception):
    """A portion came out as it stands: no run is to tell of it."""


def is_applied(hub: Hub) -> bool:
    """Whether what is stored was computed by the rules of today's file.

    Raises:
        MappingError: the file is not right.
    """
    with hub.store.read() as db:
        return (states.state(db, STATE) or "") == survival_of(hub, db).version


@contextmanager
def rules_applied(hub: Hub) -> Iterator[None]:
    """Apply a changed file first; one that changes while the work is done is applied again afterwards.

    Raises:
        MappingError: the file is not right.
    """
    stamp = _stamp(file_path(hub))
    if not is_applied(hub):
        apply(hub)
    try:
        yield
    finally:
        if _stamp(file_path(hub)) != stamp:  # what was under way went on by the rules that it had begun with
            with hub.store.write() as db:
                outdate(db)


def apply(hub: Hub, *, by: str | None = None, dry_run: bool = False) -> Applied:
    """Compute anew every record that several source records feed; killed, it is begun again.

    Args:
        dry_run: tell what would change, and change nothing.

    Raises:
        MappingError: the file is not right.
    """
    path = file_path(hub)
    with hub.store.read() as db:
        before, applied = states.state(db, STATE), Applied(survival_of(hub, db).version)
        text = path.read_text(encoding="utf-8") if path.exists() else ""
    for kind in _KINDS:
        last = 0
        while ids := _portion(hub, kind, last):
            with suppress(_NothingChangedError), by_hand(hub, "map survivors", by=by, dry_run=dry_run) as hand:
                _compute(hand, kind, ids, applied)
            last = ids[-1]
    if not dry_run:
        _note(hub, before, applied.version, text)
    return applied


def check(hub: Hub, names: Iterable[str] = ()) -> list[Checked]:
    """Check the file: by its name or path where it is named, else if there is one.

    Raises:
        SetupError: there is no such file.
    """
    paths = [_named(hub, name) for name in names] or [path for path in (file_path(hub),) if path.exists()]
    found = []
    for path in paths:
        file = SurvivorsFile(path, NAME)
        with hub.store.read() as db:
            known = known_to(hub, db)
        found.append(Checked(file, tuple(check_survivors(file, known)), tuple(notes_of(file, known))))
    return found


def is_survivors(name: str) -> bool:
    """Whether a name, as `map check` is given it, means the file of rules."""
    return Path(name).name in {NAME, FILE_NAME}


def _named(hub: Hub, name: str) -> Path:
    path = Path(name).expanduser() if name.endswith(".yaml") and Path(name).is_file() else file_path(hub)
    if not path.exists():
        raise SetupError(
            f"there is no file {path}", fix="write it: docs/survivorship.md; without it the usual rules hold"
        )
    return path


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return (stat.st_mtime_ns, stat.st_size, stat.st_ino)


def _portion(hub: Hub, kind: Kind, last: int) -> list[int]:
    with hub.store.read() as db:
        return landing.fed_by_several(db, kind, last, PORTION)


def _note(hub: Hub, before: str | None, version: str, text: str) -> None:
    """Note that these rules are applied, unless somebody noted others meanwhile: then all is done once more."""
    with hub.store.write() as db:
        states.hold(db)
        if states.state(db, STATE) not in (before, version):
            outdate(db)
            return
        states.set_state(db, STATE, version)
        if version:
            definitions.bring_into_force(db, NAME, version, text, hub.now())


def _compute(hand: Hand, kind: Kind, ids: list[int], applied: Applied) -> None:
    before = canonical.load(hand.db, kind, ids, lock=True)
    standing = [id_ for id_ in ids if id_ in before]
    hand.recompute([(kind, id_) for id_ in standing])
    after = canonical.load(hand.db, kind, standing)
    applied.records += len(standing)
    changed = {id_: told for id_ in standing if (told := list(_differing(before[id_], after[id_])))}
    applied.changed += len(changed)
    for id_, told in list(changed.items())[: max(0, SHOWN - applied.shown)]:
        applied.shown += 1
        applied.differences += [{"record": shown_id(kind, id_), **each} for each in told]
    if not changed:
        raise _NothingChangedError


def _differing(before: CanonicalRow, after: CanonicalRow) -> Iterator[dict[str, Any]]:
    for name, value in after.items():
        if name not in {"version", "updated_at"} and before[name] != value:
            yield {"field": name, "before": before[name], "now": value}
