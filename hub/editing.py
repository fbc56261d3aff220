"""Records edited by hand: what somebody sets holds against all sources until it is released."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from hub import assigning, meant
from hub.adding import FIRST_NAME_ALONE, NAME_IS_MADE, first_name_alone, minor_of
from hub.by_hand import Hand, by_hand
from hub.held_fields import held_under, shown_field
from hub.instalments import bound_by_split, still_split
from hub.opening import Hub
from hub.record_changes import Change, changes_between, name_of
from hub.records import shown_id
from sell_model.custom_fields import CUSTOM
from sell_model.draft import Reason
from sell_model.errors import SetupError
from sell_model.matching.normal_forms import folded
from sell_model.money import from_minor
from sell_model.targets import TARGETS
from sell_model.typed_fields import Kind, Typed, read
from sell_model.types import JsonObject
from storage import hand_edits, roster
from storage.canonical import CanonicalRow
from storage.custom_fields import custom_fields, hold_fields
from storage.named_rows import named_rows
from storage.roster import PoolRow, UserRow

UNQUALIFIED = "Unqualified"


@dataclass(frozen=True, slots=True)
class Editing:
    """What somebody wants to change in a record.

    Attributes:
        said: what was typed, by field, reference or custom field; empty text blanks.
        faults: what was wrong with the typed words already.
        release: fields for which sources are to speak again.
        new: let an unknown status be one.
    """

    kind: Kind
    id: int
    said: dict[str, str] = field(default_factory=dict)
    faults: Sequence[Reason] = ()
    add_tags: Sequence[str] = ()
    remove_tags: Sequence[str] = ()
    release: Sequence[str] = ()
    release_all: bool = False
    new: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done."""
        asked = (self.said, self.faults, self.add_tags, self.remove_tags, self.release, self.release_all)
        return not any(asked)


@dataclass(frozen=True, slots=True)
class Edited:
    """What became of an edit."""

    kind: Kind
    id: int
    name: str
    changes: list[Change]
    held: list[str]
    """Fields that this edit holds against sources."""
    released: list[str]
    notes: list[str] = field(default_factory=list)

    def to_json(self) -> JsonObject:
        """Give the object that `edit --json` prints."""
        return {
            "record_type": self.kind,
            "id": self.id,
            "changes": [{"field": c.field, "before": c.before, "after": c.after} for c in self.changes],
            "held": self.held,
            "released": self.released,
            "notes": self.notes,
        }


def edit(hub: Hub, editing: Editing, *, by: str | None = None, dry_run: bool = False) -> Edited:
    """Change a record by hand, and let sources speak again for what is released.

    Raises:
        SetupError: there is no such record, or something that was typed cannot be; all of it is said.
    """
    if editing.is_empty:
        raise SetupError(
            f"nothing to edit was said about {shown_id(editing.kind, editing.id)}",
            fix="say FIELD=VALUE, as title=CTO; FIELD= blanks it; --release FIELD lets sources speak again",
        )
    with by_hand(hub, f"{editing.kind} edit", by=by, dry_run=dry_run) as hand:
        return edited_within(hand, editing)


def edited_within(hand: Hand, editing: Editing) -> Edited:
    """Change a record within something done by hand; raises what `edit` does."""
    kind, id_ = editing.kind, editing.id
    row = hand.standing(kind, id_)
    before = named_rows(hand.db, kind, [id_])[id_]
    released = _to_release(hand, editing)
    hold_fields(hand.db, shared=True)
    typed = read(kind, editing.said, custom_fields(hand.db, kind), adding=False)
    editor = _Editor(hand, row, typed, [*editing.faults, *typed.faults], editing.new)
    editor.read(editing.add_tags, editing.remove_tags)
    if editor.faults:
        raise meant.refused(f"{shown_id(kind, id_)} cannot be edited so", editor.faults)
    if editor.edits.get("tags") == NO_TAGS:
        del editor.edits["tags"]
        released.append("tags")
    hand_edits.release(hand.db, kind, id_, released)
    hand.edit(kind, id_, editor.edits)
    held = list(editor.edits)
    if editor.owner is not None and _given(hand, kind, row, editor):
        held.append("owner_id")
    after = named_rows(hand.db, kind, [id_])[id_]
    changes = list(changes_between(kind, before, after))
    let = _fields(kind, released)
    editor.notes += [f"{name} stays as it is: no source says otherwise" for name in _unmoved(let, changes, after)]
    return Edited(kind, id_, name_of(after), changes, _fields(kind, held), let, editor.notes)


def _unmoved(released: Iterable[str], changes: Iterable[Change], after: JsonObject) -> list[str]:
    """Released fields with a value that nobody but the hand edit gave: what the process keeps, as owner and status."""
    moved = {change.field for change in changes}
    return [name for name in released if name not in moved and after.get(name) is not None]


def _fields(kind: Kind, columns: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(shown_field(kind, column) for column in columns))


def _given(hand: Hand, kind: Kind, row: CanonicalRow, editor: _Editor) -> bool:
    """Give the record to a user, or to the next in a pool, which spends a turn as Sell has it."""
    to = editor.owner
    pool = to if isinstance(to, PoolRow) else None
    aim = assigning.Aim(pool_id=pool.id) if pool else assigning.Aim(user_id=to.id if to else None)
    if assigning.give(hand, kind, {row["id"]: row}, aim):
        return True
    if pool is not None:
        editor.notes.append(f"pool {pool.name!r} had nobody else to give it to: the owner stays")
    return False


NO_TAGS: JsonObject = {"add": [], "remove": []}


def _to_release(hand: Hand, editing: Editing) -> list[str]:
    """Give the columns whose hand edits are to go.

    Raises:
        SetupError: a field is not held, the text says which are; or it is what a split made of the deal.
    """
    held = hand_edits.hand_edits(hand.db, editing.kind, [editing.id]).get(editing.id, {})
    bound = bound_by_split(held)
    if editing.release_all:
        return [column for column in held if column not in bound]
    found: list[str] = []
    unheld: list[str] = []
    for name in editing.release:
        columns = held_under(editing.kind, name, held)
        found += columns
        unheld += [name] if not columns else []
    if not bound.isdisjoint(found):
        raise still_split(editing.id)
    if unheld:
        known = ", ".join(dict.fromkeys(shown_field(editing.kind, column) for column in held))
        raise SetupError(
            f"nobody holds {', '.join(unheld)} of {shown_id(editing.kind, editing.id)} by hand",
            fix=f"held by hand: {known or 'nothing'}",
        )
    return found


@dataclass(slots=True)
class _Editor:
    """Makes hand edits, by column, of what was typed, and gathers all that is wrong with it."""

    hand: Hand
    row: CanonicalRow
    typed: Typed
    faults: list[Reason]
    new: bool
    edits: JsonObject = field(default_factory=dict)
    owner: UserRow | PoolRow | None = None
    notes: list[str] = field(default_factory=list)

    def read(self, add_tags: Sequence[str], remove_tags: Sequence[str]) -> None:
        self._fields()
        self._blanks()
        self._parts()
        for name, value in self.typed.refs.items():
            self._ref(name, value)
        self._tags(meant.tags_meant(self.faults, add_tags), [tag.strip() for tag in remove_tags])
        self._check()

    def _fault(self, name: str, reason: str, fix: str) -> None:
        self.faults.append(Reason(name, "", reason, fix))

    def _fields(self) -> None:
        fields = dict(self.typed.fields)
        if status := fields.pop("status", None):
            self._status(status)
        if "value" in fields or "currency" in fields:
            self._amount(fields.pop("value", None), fields.pop("currency", None))
        tags = fields.pop("tags", None)
        if tags is not None:
            self._replace_tags(tags)
        self.edits |= fields
        self.edits |= {f"{CUSTOM}{name}": value for name, value in self.typed.custom.items()}

    def _status(self, text: str) -> None:
        status = meant.taken(self.faults, "status", text, lambda: meant.status_meant(self.hand.db, text, new=self.new))
        self.edits["status"] = status
        if status != UNQUALIFIED and self.row["unqualified_reason_id"] is not None:
            self.edits["unqualified_reason_id"] = None
            self.notes.append("the reason why it was unqualified is gone with that status")

    def _amount(self, value: str | None, currency: str | None) -> None:
        """Value and currency hold together: an amount is kept in the minor units of its currency."""
        before = self.row["currency"]
        known = currency or before or self.hand.hub.settings.hub.currency
        if value is None and self.row["value_minor"] is not None:
            value = from_minor(self.row["value_minor"], before or known)
        self.edits["currency"] = known
        if value is not None:
            text = f"{value} {known}"
            self.edits["value_minor"] = meant.taken(self.faults, "value", text, lambda: minor_of(value, known))

    def _blanks(self) -> None:
        refs = TARGETS[self.typed.kind].refs
        for name in self.typed.blank:
            if name in {"status", "is_organization", "currency"}:
                self._fault(name, "it cannot be blank", f"say which: {name}=VALUE")
            elif name == "tags":
                self._replace_tags([])
            elif name == "value":
                self.edits["value_minor"] = None
            else:
                blank = False if name == "hot" else None
                self.edits[refs[name].column if name in refs else name] = blank

    def _parts(self) -> None:
        for name, parts in self.typed.parts.items():
            stands = (self.row["custom_fields"] or {}).get(name.partition(".")[2]) if "." in name else self.row[name]
            merged = {part: value for part, value in {**(stands or {}), **parts}.items() if value is not None}
            self.edits[name] = merged or None

    def _ref(self, name: str, value: str) -> None:
        if name == "owner":
            self.owner = meant.taken(
                self.faults, name, value, lambda: meant.owner_meant(self.hand.db, self.typed.kind, value)
            )
        elif name == "source":
            self._source(value)
        else:
            company = None if name == "contact" else True
            row = meant.taken(self.faults, name, value, lambda: meant.contact_meant(self.hand, value, company=company))
            if row is not None:
                self._points(name, value, row)

    def _source(self, value: str) -> None:
        known = {folded(name) for name in roster.named(self.hand.db, "source", self.typed.kind)}
        if folded(value) not in known:
            self.notes.append(f"{value!r} is a new source of {self.typed.kind}s")
        self.edits["source_id"] = roster.add_named(self.hand.db, "source", self.typed.kind, value, self.hand.now)

    def _points(self, name: str, value: str, to: CanonicalRow) -> None:
        self.edits[TARGETS[self.typed.kind].refs[name].column] = to["id"]
        if name == "contact" and "company" not in self.typed.refs:
            self.edits["organization_id"] = to["contact_id"]
        if name == "parent_company":
            id_ = self.row["id"]
            meant.taken(self.faults, name, value, lambda: meant.expect_no_circle(self.hand.db, id_, to["id"]))

    def _replace_tags(self, tags: Sequence[str]) -> None:
        """Tags that are typed as a field are all the tags there are to be, as in Sell."""
        known = dict.fromkeys([*self._held_tags()["remove"], *(self.row["tags"] or ())])
        self.edits["tags"] = {"add": list(tags), "remove": [tag for tag in known if tag not in tags]}

    def _held_tags(self) -> JsonObject:
        """The tags that were added and removed by hand before."""
        held = hand_edits.hand_edits(self.hand.db, self.typed.kind, [self.row["id"]]).get(self.row["id"], {})
        value: JsonObject = held["tags"].value if "tags" in held else NO_TAGS
        return value

    def _tags(self, added: Sequence[str], removed: Sequence[str]) -> None:
        if not added and not removed:
            return
        if "tags" in self.edits:
            self._fault("tags", "said both as a field and one by one", "use either tags=A,B or --add-tag, --remove-tag")
            return
        for tag in set(added) & set(removed):
            self._fault("tags", f"{tag!r} is both to be added and to be removed", "leave out one of them")
        held = self._held_tags()
        for tag in removed:
            if tag not in (self.row["tags"] or ()):
                self.notes.append(f"it had no tag {tag!r}")
        self.edits["tags"] = {
            "add": [*(t for t in held["add"] if t not in removed), *(t for t in added if t not in held["add"])],
            "remove": [
                *(t for t in held["remove"] if t not in added),
                *(t for t in removed if t not in held["remove"]),
            ],
        }

    def _check(self) -> None:
        """Refuse what a record cannot be without, and what its kind does not have."""
        after = {**self.row, **self.edits}
        if self.typed.kind == "lead":
            self._check_lead(after)
        elif self.typed.kind == "deal":
            self._need(after, "name")
            if after["contact_id"] is None:
                self._fault("contact", "a deal needs its contact", "name another one: contact=C-5")
        else:
            self._check_contact(after)

    def _check_lead(self, after: JsonObject) -> None:
        if not self.edits.keys() & {"first_name", "last_name", "organization_name"}:
            return
        if not after["last_name"] and not after["organization_name"]:
            self._fault("last_name", "a lead needs a last name or an organization name", "leave one of them")
        elif first_name_alone(after):
            self._fault("last_name", FIRST_NAME_ALONE, "say the last name, or blank the first: first_name=")

    def _check_contact(self, after: JsonObject) -> None:
        company = bool(self.row["is_organization"])
        wrong = ("first_name", "last_name", "contact_id") if company else ("name", "parent_organization_id")
        for name in wrong:
            if self.edits.get(name) is not None or (name == "name" and name in self.edits):
                what = NAME_IS_MADE if name == "name" else f"{'a company' if company else 'a person'} has none"
                self._fault(shown_field("contact", name), what, "leave it out")
        self._need(after, "name" if company else "last_name")

    def _need(self, after: JsonObject, name: str) -> None:
        if name in self.edits and not after[name]:
            self._fault(name, f"a {self.typed.kind} needs it", f"say another one: {name}=VALUE")
