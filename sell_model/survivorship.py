"""Which source's value stands where several know the same person: priority first, then recency.

Blank never beats a value. Tags are united; custom fields survive one by one; an address survives whole. Of consent
the strictest word holds, also that of a record which is gone at its source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sell_model.consent import CONSENTS, is_stricter, last_words
from sell_model.draft import Draft, Ref
from sell_model.types import JsonObject


@dataclass(slots=True, eq=False)
class Contribution:
    """One source record's good draft of a canonical record."""

    source_record_id: int
    draft: Draft
    priority: int = 0
    """The source's, from hub.toml, plus what an import's `--existing overwrite` adds; higher wins."""
    changed_at: str = ""
    """When the source changed it, or else when it was landed."""

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


def survive(contributions: Sequence[Contribution], gone: Sequence[Contribution] = ()) -> Survivors:
    """Compute a canonical record's values from the good drafts of all its live source records.

    Args:
        gone: the last good drafts of source records that are gone: heard on consent alone.
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


def _overlay(fields: JsonObject, stronger: JsonObject) -> None:
    for name, value in stronger.items():
        if name == "tags":
            fields[name] = list(dict.fromkeys([*value, *fields.get(name, ())]))
        elif name == "custom_fields":
            fields[name] = {**fields.get(name, {}), **value}
        else:
            fields[name] = value
