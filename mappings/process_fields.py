"""Which fields of a mapping tell of a sales process, and how they are read before any table is applied."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from mappings.language import FieldSpec, MappingSpec
from sell_model.targets import TARGETS

WANTED = ("status", "owner", "source", "loss_reason", "unqualified_reason", "stage", "pipeline")
"""What statuses, owners, reasons, sources and stages come from."""

_CALLED: dict[str, re.Pattern[str]] = {
    "loss_reason": re.compile(r"\b(?:loss reason|lost reason|reason (?:for )?(?:loss|lost|losing))\b"),
    "unqualified_reason": re.compile(r"\b(?:unqualified|disqualified|disqualification|unqualification) reason\b"),
}
_TARGETS = {"loss_reason": ("deal",), "unqualified_reason": ("lead", "deal")}


def wanted_fields(spec: MappingSpec) -> dict[str, FieldSpec]:
    """Give the fields of a mapping that tell of the process and come from the record."""
    found = {name: spec.fields.get(name) for name in WANTED}
    return {
        name: entry
        for name, entry in found.items()
        if isinstance(entry, FieldSpec) and "const" not in entry.model_fields_set
    }


def bare(spec: MappingSpec, extra: Mapping[str, str]) -> MappingSpec:
    """Cut a mapping down to what tells of the process, without tables and defaults: what stands in the records.

    Args:
        extra: fields of theirs to be read beside it: by what they feed, their paths.
    """
    fields = wanted_fields(spec)
    for name, path in extra.items():
        if name in _known(spec):
            fields.setdefault(name, FieldSpec.model_validate(path))
    plain: dict[str, object] = {"values": {}, "otherwise": None, "default": None, "only_with": [], "only_without": []}
    cut = {name: entry.model_copy(update=plain) for name, entry in fields.items()}
    return spec.model_copy(update={"fields": cut, "custom_fields": {}, "outside_ids": {}, "updated_at": None})


def likely_feeds(path: str, label: str, specs: Iterable[MappingSpec]) -> str | None:
    """Tell which reason a field of theirs seems to hold that no mapping of its stream reads; None: none.

    >>> likely_feeds("Loss_Reason__c", "", [MappingSpec.model_validate({"from": "a.b", "to": "deal", "fields": {}})])
    'loss_reason'
    """
    words = " ".join(re.sub(r"[^A-Za-z]+", " ", f"{path} | {label}").split()).lower()
    for name, called in _CALLED.items():
        unread = [spec for spec in specs if spec.to in _TARGETS[name] and name not in spec.fields]
        if unread and called.search(words):
            return name
    return None


def _known(spec: MappingSpec) -> set[str]:
    target = TARGETS[spec.to]
    return {*target.fields, *target.refs}
