"""Which source's value stands where several know the same person: priority first, then recency.

Blank never beats a value. Tags are united; custom fields survive one by one; an address survives whole. Of consent
the strictest word holds, also that of a record which is gone at its source. A field that admins gave a rule of its
own survives by that; what an import overwrites stands before any rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sell_model.consent import CONSENTS, is_stricter, last_words
from sell_model.custom_fields import CUSTOM
from sell_model.draft import Draft, Ref
from sell_model.survivorship_rules import Rule, strength, united
from sell_model.types import JsonObject

USUALLY: Mapping[str, Rule] = MappingProxyType({})
"""No field has a rule of its own."""


@dataclass(slots=True, eq=False)
class Contribution:
    """One source record's good draft of a canonical record."""

    source_record_id: int
    draft: Draft
    priority: int = 0
    """The source's, from hub.toml, plus what an import's `--existing overwrite` adds; higher wins."""
    changed_at: str = ""
    """When the source changed it, or else when it was landed."""
    source: str = ""
    """The source's name."""
    rank: int = 0
    """Above 0: an import was to overwrite what stands; part of `priority`, and stronger than any rule."""

    @property
    def order(self) -> tuple[int, str, int]:
        """Ascending strength."""
        return (self.priority, self.draft.updated_at or self.changed_at, self.source_record_id)


@dataclass(frozen=True, slots=True)
class Survivors:
    """What stands, and which source record each value came from."""

    fields: JsonObject
    refs: dict[str, Ref]
    origin: dict[str, Contribution]
    """Field or reference → who said so; for `tags` the strongest that has any."""


def survive(
    contributions: Sequence[Contribution],
    gone: Sequence[Contribution] = (),
    rules: Mapping[str, Rule] = USUALLY,
) -> Survivors:
    """Compute a canonical record's values from the good drafts of all its live source records.

    Args:
        gone: the last good drafts of source records that are gone: heard on consent alone.
        rules: fields, references and `custom_fields.NAME` that survive otherwise than usually.
    """
    if len(contributions) == 1 and not gone:
        only = contributions[0]
        names = [*only.draft.fields, *only.draft.refs]
        return Survivors(dict(only.draft.fields), dict(only.draft.refs), dict.fromkeys(names, only))
    fields: JsonObject = {}
    refs: dict[str, Ref] = {}
    origin: dict[str, Contribution] = {}
    for contribution in sorted(contributions, key=lambda c: c.order):
        _overlay(fields, contribution.draft.fields)
        refs.update(contribution.draft.refs)
        names = [*contribution.draft.fields, *contribution.draft.refs]
        origin.update(dict.fromkeys(names, contribution))
    for name, rule in rules.items():
        _by_rule(Survivors(fields, refs, origin), name, rule, contributions)
    for name in CONSENTS:
        words = [(c, c.draft.fields[name]) for c in contributions if name in c.draft.fields]
        words += [(c, word) for c in gone if (word := last_words(c.draft.fields).get(name)) is not None]
        if words:
            origin[name], fields[name] = strictest_voice(name, words)
    return Survivors(fields, refs, origin)


def strictest_voice(field: str, words: Sequence[tuple[Contribution, str]]) -> tuple[Contribution, str]:
    """Give whose word on a consent holds, and it: the strictest, of equal ones the strongest voice's."""
    ordered = sorted(words, key=lambda said: said[0].order)
    found = ordered[0]
    for said in ordered[1:]:
        if not is_stricter(field, found[1], said[1]):
            found = said
    return found


def word_of(contribution: Contribution, name: str) -> Any:
    """Give what a source record says in a field, reference or `custom_fields.NAME`; None: nothing."""
    draft = contribution.draft
    if name.startswith(CUSTOM):
        return (draft.fields.get("custom_fields") or {}).get(name.removeprefix(CUSTOM))
    return draft.refs[name].value if name in draft.refs else draft.fields.get(name)


def strongest_first(words: Sequence[tuple[Contribution, Any]], name: str, rule: Rule) -> list[tuple[Contribution, Any]]:
    """Order what is said in a field by its rule; what the rule does not tell apart, as usual."""
    return sorted(
        words, key=lambda said: (said[0].rank, strength(rule, said[0], said[1], name), said[0].order), reverse=True
    )


def _by_rule(found: Survivors, name: str, rule: Rule, contributions: Sequence[Contribution]) -> None:
    """Let the value of a field that has a rule survive by it, in place of the one that does so usually."""
    words = [(c, word) for c in contributions if (word := word_of(c, name)) is not None]
    if not words:
        return
    ordered = strongest_first(words, name, rule)
    strongest, value = ordered[0]
    if rule.union and all(isinstance(word, list) for _, word in ordered):
        value = united([word for _, word in ordered])
    if name.startswith(CUSTOM):
        found.fields["custom_fields"] = {**found.fields["custom_fields"], name.removeprefix(CUSTOM): value}
        return
    found.origin[name] = strongest
    if name in strongest.draft.refs:
        found.refs[name] = strongest.draft.refs[name]
    else:
        found.fields[name] = value
    if name == "value":  # an amount is nothing without the currency that its source gives it in
        found.fields.pop("currency", None)
        if "currency" in strongest.draft.fields:
            found.fields["currency"], found.origin["currency"] = strongest.draft.fields["currency"], strongest


def _overlay(fields: JsonObject, stronger: JsonObject) -> None:
    for name, value in stronger.items():
        if name == "tags":
            fields[name] = list(dict.fromkeys([*value, *fields.get(name, ())]))
        elif name == "custom_fields":
            fields[name] = {**fields.get(name, {}), **value}
        else:
            fields[name] = value
