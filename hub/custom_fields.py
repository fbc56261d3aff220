"""Custom fields as admins keep them: defined, renamed, taken out, their choices too.

What is renamed keeps its values: the definition changes first, and from then on every record that is
computed anew stands under the new name; then the records that hold a value are, in portions. Killed
anywhere and run again, it ends in the same state.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace

from hub import field_portions as portions
from hub.batch import Kind
from hub.by_hand import Hand, by_hand
from hub.field_definitions import add_defined, field_called
from hub.finding_stages import nearest
from hub.naming_fields import HUB_TOML, Filters, Naming, feeding
from hub.opening import Hub
from sell_model.custom_fields import WITH_CHOICES, CustomField, CustomType
from sell_model.errors import SetupError
from sell_model.matching.normal_forms import folded
from sell_model.plans import check
from sell_model.types import TEXT_LENGTH, JsonObject
from storage.custom_fields import count_edited, count_holding, custom_fields, hold_fields, save_field
from storage.hot import Writer


@dataclass(slots=True)
class FieldChange:
    """What was done to a custom field."""

    of: str
    name: str
    type: str
    what: str
    """`added`, `renamed`, `removed`, `choice added` …, or `as it was`."""
    was: str | None = None
    """Its name, or the choice, until now."""
    records: int = 0
    """Records that were computed anew."""
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> JsonObject:
        """Give the object that `field add --json` and the others print."""
        return {
            "of": self.of,
            "name": self.name,
            "type": self.type,
            "what": self.what,
            "was": self.was,
            "records": self.records,
            "notes": self.notes,
        }


@dataclass(frozen=True, slots=True)
class FieldUse:
    """A custom field with what uses it."""

    field: CustomField
    records: int
    hand_edits: int
    mappings: list[str]
    named_by: list[str]

    def to_json(self) -> JsonObject:
        """Give the object that `field show --json` prints."""
        used = {"records": self.records, "hand_edits": self.hand_edits}
        return {**field_json(self.field), **used, "mappings": self.mappings, "named_by": self.named_by}


def field_json(field: CustomField) -> JsonObject:
    """Give a field as `field list --json` prints it."""
    return {
        "of": field.record_type,
        "name": field.name,
        "type": field.type,
        "choices": list(field.choices),
        "former_names": list(field.former_names),
    }


def list_fields(hub: Hub, of: Kind | None = None) -> list[CustomField]:
    """List the custom fields of a type of record, or of all."""
    with hub.store.read() as db:
        return custom_fields(db, of)


def show(hub: Hub, name: str, of: Kind | None = None) -> FieldUse:
    """Give a field with what uses it; it reads all records of its type.

    Raises:
        SetupError: there is none of that name, or several types of record have one.
    """
    with hub.store.read() as db:
        return _use(hub, db, find(db, name, of))


def _use(hub: Hub, db: Writer, known: CustomField) -> FieldUse:
    kind, name = known.record_type, known.name
    named_by = Filters(hub, db, known).naming().names
    return FieldUse(
        known, count_holding(db, kind, name), count_edited(db, kind, name), feeding(hub, db, known), named_by
    )


def find(db: Writer, name: str, of: Kind | None = None) -> CustomField:
    """Find a field by its name, whatever its case.

    Raises:
        SetupError: there is none of that name, or several types of record have one.
    """
    known = custom_fields(db, of)
    found = [each for each in known if each.name == name] or [e for e in known if folded(e.name) == folded(name)]
    if len(found) == 1:
        return found[0]
    if found:
        types = " or ".join(each.record_type for each in found)
        raise SetupError(f"several types of record have a field {name!r}", fix=f"say which: --of {types}")
    names = [each.name for each in known]
    what = f"of {of}s " if of else ""
    raise SetupError(
        f"there is no custom field {what}called {name!r}{nearest(name, names)}",
        fix=f"fields: {', '.join(names[:20]) or 'none yet'}; make it: sellhub field add {name!r} --of TYPE --type TYPE",
    )


@contextmanager
def defining(hub: Hub, what: str, by: str | None) -> Iterator[Hand]:
    """Open a change of definitions: no batch and no edit is under way meanwhile that knows the old ones."""
    with by_hand(hub, what, by=by, moves_links=True) as hand:
        hold_fields(hand.db)
        yield hand


def rehearsed(hub: Hub, dry_run: bool) -> AbstractContextManager[None]:
    """Take back all that is done inside, where it is only to be shown."""
    return hub.store.rehearsal() if dry_run else nullcontext()


def add(
    hub: Hub,
    of: Kind,
    name: str,
    type_: CustomType,
    choices: Sequence[str] = (),
    *,
    by: str | None = None,
    dry_run: bool = False,
) -> FieldChange:
    """Define a field; one that was taken out comes back with what sources say of it.

    Raises:
        SetupError: the name is taken, or by a field of another type; choices are missing, or for a type without;
            the plan allows no more.
    """
    wanted = CustomField(of, checked_name(name), type_, checked_choices(hub, type_, choices))
    change = FieldChange(of, wanted.name, type_, "added")
    with rehearsed(hub, dry_run):
        with defining(hub, "field add", by) as hand:
            added_within(hand, wanted, change)
        if change.what == "added again":
            change.records = portions.renew(hub, of, wanted.name, by)
    return change


def added_within(hand: Hand, wanted: CustomField, change: FieldChange) -> None:
    """Define a field within an open change of definitions; raises what `add` does."""
    fields = custom_fields(hand.db, wanted.record_type, removed=True)
    known = field_called(fields, wanted.name) or next(
        (f for f in fields if folded(f.name) == folded(wanted.name)), None
    )
    if known is None:
        add_defined(hand.hub, hand.db, wanted)
    elif (known.name, known.type) != (wanted.name, wanted.type):
        raise _taken(known, wanted)
    elif known.removed:
        kept = tuple(dict.fromkeys([*known.choices, *wanted.choices]))
        save_field(hand.db, replace(known, choices=kept, removed=False), hand.now)
        change.what = "added again"
    else:
        change.what = AS_IT_WAS
        missing = [choice for choice in wanted.choices if choice not in known.choices]
        change.notes += [f"it has no choice {', '.join(missing)}: sellhub field choice add"] if missing else []


AS_IT_WAS = "as it was"


def _taken(known: CustomField, wanted: CustomField) -> SetupError:
    if wanted.name in known.former_names:
        return SetupError(
            f"{wanted.name!r} is what {known.name!r} was called: what sources bring under that name lands there",
            fix="take another name",
        )
    if known.type == wanted.type:
        return SetupError(f"there is a field {known.name!r} of {known.record_type}s", fix="take that, or another name")
    gone = ", which was taken out" if known.removed else ""
    return SetupError(
        f"there is a field {known.name!r} of {known.record_type}s of type {known.type}{gone}; a type never changes",
        fix="take another name for the new one, let mappings and people fill it, then remove the old one",
    )


def checked_name(name: str) -> str:
    """Check the name of a field or a choice.

    Raises:
        SetupError: it is blank, longer than 255 characters, or holds what a name cannot.
    """
    text = unicodedata.normalize("NFC", name.strip())
    if not text or len(text) > TEXT_LENGTH or not text.isprintable() or "=" in text:
        raise SetupError(
            f"{name[:TEXT_LENGTH]!r} cannot be a name",
            fix=f"1 to {TEXT_LENGTH} characters, without = and line breaks",
        )
    return text


def checked_choices(hub: Hub, type_: CustomType, choices: Sequence[str]) -> tuple[str, ...]:
    """Check the choices of a new field.

    Raises:
        SetupError: they are for a type that has none, or are more than the plan allows.
    """
    known = tuple(dict.fromkeys(checked_name(choice) for choice in choices))
    if known and type_ not in WITH_CHOICES:
        raise SetupError(
            f"a field of type {type_} has no choices", fix=f"types with choices: {', '.join(WITH_CHOICES)}"
        )
    check(hub.settings.hub.plan, "choices", len(known))
    return known


def rename(
    hub: Hub, name: str, new: str, of: Kind | None = None, *, by: str | None = None, dry_run: bool = False
) -> FieldChange:
    """Call a field otherwise: its values, hand edits and the filters that name it go along, mappings go on.

    Raises:
        SetupError: there is no such field, or the new name is taken.
    """
    wanted = checked_name(new)
    with rehearsed(hub, dry_run):
        with defining(hub, "field rename", by) as hand:
            field, change = _renamed(hand, name, wanted, of)
        change.records = portions.rename(hub, field, by)
    return change


def _renamed(hand: Hand, name: str, new: str, of: Kind | None) -> tuple[CustomField, FieldChange]:
    begun = [f for f in custom_fields(hand.db, of) if f.name == new and name in f.former_names]
    if len(begun) == 1:
        return begun[0], FieldChange(begun[0].record_type, new, begun[0].type, "renamed", name)
    known = find(hand.db, name, of)
    others = [f for f in custom_fields(hand.db, known.record_type, removed=True) if f.name != known.name]
    other = field_called(others, new) or next((f for f in others if folded(f.name) == folded(new)), None)
    if other is not None:
        raise _taken(other, replace(known, name=new))
    change = FieldChange(known.record_type, new, known.type, "renamed", known.name)
    if new == known.name:
        change.what = AS_IT_WAS
        return known, change
    filters = Filters(hand.hub, hand.db, known)
    naming = filters.naming()
    filters.rename(naming, new)
    former = tuple(dict.fromkeys([*(each for each in known.former_names if each != new), known.name]))
    field = replace(known, name=new, former_names=former)
    save_field(hand.db, field, hand.now, name=known.name)
    change.notes += _told(hand, field, naming)
    return field, change


def _told(hand: Hand, field: CustomField, naming: Naming) -> list[str]:
    """Say what goes on by itself, and what a person must see to."""
    notes = [f"{each} names it as it is called now" for each in naming.names if each != HUB_TOML]
    notes += [f"{HUB_TOML} names it by its old name: correct it there"] if naming.by_settings else []
    fed = feeding(hand.hub, hand.db, field)
    return notes + [f"mapping {mapping} may go on by the old name: what it brings lands here" for mapping in fed]


def remove(
    hub: Hub, name: str, of: Kind | None = None, *, clear: bool = False, by: str | None = None, dry_run: bool = False
) -> FieldChange:
    """Take a field out.

    Args:
        clear: with all its values; else it must be unused.

    Raises:
        SetupError: there is no such field; it is in use; a list, a link or exit criteria name it.
    """
    with rehearsed(hub, dry_run):
        with defining(hub, "field remove", by) as hand:
            gone = _begun_removal(hand, name, of) or find(hand.db, name, of)
            change = FieldChange(gone.record_type, gone.name, gone.type, "removed", gone.name)
            if not gone.removed:
                change.notes += _checked_unused(hand, gone, clear=clear)
                save_field(hand.db, replace(gone, removed=True), hand.now)
        change.records = portions.clear(hub, gone, by)
    return change


def _begun_removal(hand: Hand, name: str, of: Kind | None) -> CustomField | None:
    """Find a field that was taken out and whose values may not all be off the records yet."""
    found = [f for f in custom_fields(hand.db, of, removed=True) if f.name == name]
    return found[0] if len(found) == 1 and found[0].removed else None


def _checked_unused(hand: Hand, known: CustomField, *, clear: bool) -> list[str]:
    use = _use(hand.hub, hand.db, known)
    quoted = f"{known.name!r} of {known.record_type}s"
    if use.named_by:
        raise SetupError(
            f"custom field {quoted} is named by {', '.join(use.named_by)}", fix="change or remove these first"
        )
    used = [f"{holders(use.records)} a value"] if use.records else []
    used += [f"mapping {mapping} feeds it" for mapping in use.mappings]
    if used and not clear:
        raise SetupError(
            f"custom field {quoted} is in use: {'; '.join(used)}", fix="remove it with its values: --clear"
        )
    return [f"mapping {m} feeds it: what it brings stands nowhere until the field is added again" for m in use.mappings]


def holders(count: int) -> str:
    """Say how many records hold something, up to what they hold.

    >>> holders(1), holders(1200)
    ('1 record holds', '1,200 records hold')
    """
    return "1 record holds" if count == 1 else f"{count:,} records hold"
