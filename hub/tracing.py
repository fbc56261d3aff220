"""Where each value of a record comes from: source record, mapping and its version, rule, time; who said otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from hub.batch import Kind
from hub.custom_values import draft_today, edits_today
from hub.opening import Hub
from hub.records import existing, with_amount
from hub.survival import STATE, survival_of
from hub.voices import Voice, heard, last_heard
from sell_model.consent import STRICTNESS, last_words
from sell_model.custom_fields import CUSTOM
from sell_model.errors import SetupError
from sell_model.survivorship import strongest_first, word_of
from sell_model.survivorship_rules import Rule, Survival, measure, measured
from sell_model.targets import TARGETS
from sell_model.types import JsonObject
from storage import states, stories
from storage.custom_fields import changed_fields
from storage.hand_edits import HandEdit, hand_edits
from storage.hot import Writer

_NOT_TRACED = frozenset("id created_at updated_at version person_id company_id merged_into owner_email".split())


@dataclass(frozen=True, slots=True)
class Said:
    """One source record's word on a field."""

    value: Any
    record: str
    """`source.stream:id`."""
    mapping: str
    version: str | None
    """Of the mapping; None: it is not known any more."""
    time: str
    held: bool
    """Its newest payload is held; this is its last good word."""

    def to_json(self) -> JsonObject:
        """Give it as `trace --json` prints it."""
        data: JsonObject = {"value": self.value, "record": self.record, "mapping": self.mapping}
        return data | {"mapping_version": self.version, "time": self.time, "held": self.held}


@dataclass(frozen=True, slots=True)
class FieldStory:
    """One field: what stands, whose word it is, by which rule, and what the others say."""

    field: str
    value: Any
    rule: str
    said: Said | None = None
    """None: no source said it; the rule tells where it is from."""
    others: tuple[Said, ...] = ()

    def to_json(self) -> JsonObject:
        """Give it as `trace --json` prints it."""
        data: JsonObject = {"field": self.field, "value": self.value, "rule": self.rule}
        if self.said is not None:
            told = self.said.to_json()
            data |= {"said": told.pop("value"), **told}
        return data | {"others": [other.to_json() for other in self.others]}


def trace(hub: Hub, kind: Kind, id_: int, field: str | None = None) -> list[FieldStory]:
    """Tell where the values of a record come from.

    Args:
        field: this one only; a custom field as `custom_fields.NAME`, or by its bare name.

    Raises:
        SetupError: there is no such record, or it has no such field.
    """
    with hub.store.read() as db:
        row = with_amount(existing(db, kind, id_))
        found = list(_tracer(hub, db, kind, id_, row).stories())
    if field is None:
        return found
    wanted = [story for story in found if story.field in {field, f"{CUSTOM}{field}"}]
    if not wanted:
        raise SetupError(
            f"nothing stands in a field {field!r} of this {kind}",
            fix=f"fields that have a value: {', '.join(story.field for story in found)}",
        )
    return wanted


def _tracer(hub: Hub, db: Writer, kind: Kind, id_: int, row: JsonObject) -> _Tracer:
    """Make the tracer of a record, custom fields under the names that they have today."""
    voices, edits = heard(hub, db, kind, id_), hand_edits(db, kind, [id_]).get(id_, {})
    if changes := changed_fields(db, kind):
        edits = edits_today(edits, changes)
        for voice in voices:
            voice.contribution.draft = draft_today(voice.draft, changes)
    return _Tracer(db, kind, row, voices, edits, last_heard(hub, db, kind, id_), survival_of(hub, db))


@dataclass(slots=True)
class _Tracer:
    db: Writer
    kind: Kind
    row: JsonObject
    voices: list[Voice]
    edits: dict[str, HandEdit]
    gone: list[Voice]
    """Heard on consent alone."""
    survival: Survival

    def stories(self) -> Iterator[FieldStory]:
        """Tell of every field that has a value or that somebody blanked, those that no source said too."""
        for voices in (self.voices, self.gone):
            voices.sort(key=lambda voice: voice.contribution.order, reverse=True)
        names = {ref.column: name for name, ref in TARGETS[self.kind].refs.items()}
        blanked = {_field(name) for name, edit in self.edits.items() if name == "tags" or not edit.value}
        for column, value in self.row.items():
            if column in _NOT_TRACED or f"{column}_id" in self.row:
                continue
            if column == "custom_fields":
                each = {name.removeprefix(CUSTOM): None for name in blanked if name.startswith(CUSTOM)} | (value or {})
                yield from (self._story(f"{CUSTOM}{name}", each[name]) for name in each)
            elif value in (None, [], {}) and column not in blanked:
                continue
            elif column in names:
                yield self._story(names[column], self._shown(column))
            else:
                yield self._story(column, value)

    def _shown(self, column: str) -> Any:
        """What a reference points to, by name."""
        name = "company" if (self.kind, column) == ("contact", "contact_id") else column.removesuffix("_id")
        return self.row.get(name) or self.row[column]

    def _story(self, field: str, value: Any) -> FieldStory:
        speakers = self._speakers(field)
        edit = self._edit(field)
        if edit is not None and field != "tags":
            return FieldStory(field, value, _by_hand(edit), others=tuple(self._said(v, word) for v, word in speakers))
        if not speakers:
            return FieldStory(field, value, _by_hand(edit) if edit is not None else self._unsaid(field))
        said = [self._said(voice, word) for voice, word in speakers]
        rule = self._rule(field, speakers)
        if edit is not None:
            rule += f"; {_by_hand(edit)}"
        if self._stands_by_older_rule(field, value, said):
            rule += f" ({self._what_was_changed()})"
        return FieldStory(field, value, rule, said[0], tuple(said[1:]))

    def _stands_by_older_rule(self, field: str, value: Any, said: list[Said]) -> bool:
        own = self._own_rule(field)
        if field in {"tags", *STRICTNESS} or (own is not None and own.union):
            return False
        return value != said[0].value and value in [each.value for each in said[1:]]

    def _what_was_changed(self) -> str:
        if (states.state(self.db, STATE) or "") != self.survival.version:
            return "mappings/survivors.yaml was changed: the next sync applies it"
        return "the order of sources was changed: it stands from the next change of this record on"

    def _own_rule(self, field: str) -> Rule | None:
        """The rule that admins gave a field."""
        return self.survival.of(self.kind).get(field)

    def _rule(self, field: str, speakers: list[tuple[Voice, Any]]) -> str:
        if field in STRICTNESS:
            return self._consent_rule(speakers)
        if field == "currency" and self._own_rule("value") is not None:
            return "goes with the value"
        own = self._own_rule(field)
        if own is None or len(speakers) == 1:
            return _rule(field, [voice for voice, _ in speakers])
        return _by_own_rule(field, own, speakers)

    def _speakers(self, field: str) -> list[tuple[Voice, Any]]:
        """Whoever says something in a field, with their word; first the one that stands."""
        said = [(voice, word) for voice in self.voices if (word := word_of(voice.contribution, field)) is not None]
        if (own := self._own_rule(field)) is not None and said:
            said = self._by_strength(field, own, said)
        if field == "currency" and self._own_rule("value") is not None:
            whose = [voice for voice, _ in self._speakers("value")[:1]]
            said = [each for each in said if each[0] in whose]
        if field in STRICTNESS:
            words = [
                (voice, voice.draft.fields if not self.voices else last_words(voice.draft.fields))
                for voice in self.gone
            ]
            said += [(voice, fields[field]) for voice, fields in words if field in fields]
            said.sort(key=lambda each: STRICTNESS[field].index(each[1]), reverse=True)
        return said

    def _by_strength(self, field: str, rule: Rule, said: list[tuple[Voice, Any]]) -> list[tuple[Voice, Any]]:
        words = [(voice.contribution, word) for voice, word in said]
        places = {id(c): n for n, (c, _) in enumerate(strongest_first(words, field, rule))}
        return sorted(said, key=lambda each: places[id(each[0].contribution)])

    def _consent_rule(self, speakers: list[tuple[Voice, Any]]) -> str:
        rule = "only source" if len(speakers) == 1 else "strictest"
        return rule if speakers[0][0] in self.voices else f"{rule}; its record is gone, what it did not allow holds on"

    def _edit(self, field: str) -> HandEdit | None:
        """What somebody set by hand in a field."""
        refs = TARGETS[self.kind].refs
        column = refs[field].column if field in refs else "value_minor" if field == "value" else field
        return self.edits.get(column)

    def _said(self, voice: Voice, word: Any) -> Said:
        feed = voice.feed
        return Said(word, feed.name, feed.mapping, self._version(voice), voice.time, feed.outcome == "held")

    def _version(self, voice: Voice) -> str | None:
        """Which version of its mapping made a draft.

        The source record keeps the version of all its stream's mappings together; where there is only
        one it tells exactly, otherwise it is the one in force when the record was landed.
        """
        feed = voice.feed
        mapping = feed.mapping.partition("#")[0]
        known = stories.versions(self.db, mapping)
        for version, _ in known:
            if sha256(f"{mapping} {version}".encode()).hexdigest()[:16] == feed.mapping_version:
                return version
        return next((version for version, since in known if since <= feed.landed_at), None)

    def _unsaid(self, field: str) -> str:
        if field == "name" and self.kind == "contact":
            return "made of the first and the last name"
        return _UNSAID.get(field, "stands from before; no source says it any more")


_UNSAID = {
    "status": "where no source says, a lead is New",
    "owner": "given by the hub: see why",
    "stage": "where no source says, a deal starts at the first open stage",
    "pipeline": "the stage's pipeline",
    "contact": "the deal's primary contact, or else its company",
    "currency": "the hub's own currency, where none is said",
    "hot": "not hot, where no source says",
    "is_organization": "a person, where no source says otherwise",
    "gone_at_source": "no source record feeds it any more",
}


def _field(column: str) -> str:
    return "value" if column == "value_minor" else column


def _by_hand(edit: HandEdit) -> str:
    who = f"{edit.edited_by} at {edit.edited_at}, until it is released"
    if edit.field != "tags":
        return f"set by hand by {who}" if edit.value is not None else f"blanked by hand by {who}"
    parts = [f"{verb} {', '.join(tags)}" for verb, tags in _tag_verbs(edit.value) if tags]
    return f"{' and '.join(parts)} by hand by {who}"


def _tag_verbs(value: Any) -> tuple[tuple[str, list[str]], ...]:
    return ("added", value["add"]), ("removed", value["remove"])


def _rule(field: str, speakers: list[Voice]) -> str:
    """Say by which rule the first of several voices, strongest first, stands."""
    if len(speakers) == 1:
        return "only source"
    if field == "tags":
        return "united"
    first, second = (voice.contribution for voice in speakers[:2])
    if speakers[0].feed.rank > speakers[1].feed.rank:
        return "imported to overwrite"
    if first.priority != second.priority:
        return "highest priority"
    return "newest" if speakers[0].time != speakers[1].time else "equally new, landed later"


def _by_own_rule(field: str, rule: Rule, speakers: list[tuple[Voice, Any]]) -> str:
    """Say which criterion of a field's own rule tells the first of several from the second, and the rule."""
    declared = f"rule: {rule.text}"
    if rule.union and all(isinstance(word, list) for _, word in speakers):
        return f"united ({declared})"
    (first, word), (second, other) = speakers[:2]
    if first.feed.rank > second.feed.rank:
        return f"imported to overwrite (before any {declared})"
    for criterion in rule.criteria:
        stronger = measure(criterion, first.contribution, word, field)
        if stronger != measure(criterion, second.contribution, other, field):
            return f"{measured(criterion, first.contribution)} of {len(speakers)} ({declared})"
    return f"{_rule(field, [voice for voice, _ in speakers])} ({declared}: it tells them not apart)"
