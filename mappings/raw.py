"""What stands in the source for a field: shown in the reasons of a held record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mappings.binding import found_path
from mappings.conditions import Find
from mappings.errors import StepError
from mappings.language import AddressSpec, FieldEntry, FieldSpec, MappingSpec
from mappings.paths import parse_path, path_reader
from mappings.values import present
from sell_model.draft import JsonObject


def flat_specs(entries: Mapping[str, FieldEntry], within: str = "") -> dict[str, FieldSpec]:
    """Give every field by the name that reasons call it by: `email`, `address.city`."""
    found: dict[str, FieldSpec] = {}
    for name, entry in entries.items():
        if isinstance(entry, AddressSpec):
            found |= {f"{within}{name}.{part}": spec for part, spec in entry.parts().items()}
        elif isinstance(entry, FieldSpec):
            found[f"{within}{name}"] = entry
    return found


def named_specs(spec: MappingSpec) -> dict[str, FieldSpec]:
    """Give everything in a mapping that a reason may name."""
    found = flat_specs(spec.fields) | flat_specs({**spec.custom_fields}, "custom_fields.")
    found |= {f"outside_ids.{name}": each for name, each in spec.outside_ids.items()}
    return found | ({"updated_at": spec.updated_at} if spec.updated_at else {})


@dataclass(frozen=True, slots=True)
class Raw:
    """Reads a field's source again as it stands there; for held records only, so it takes its time."""

    specs: dict[str, FieldSpec]
    find: Find

    def __call__(self, field: str, record: JsonObject) -> Any:
        """Give the first value that is there among a field's sources; None: none is."""
        spec = self.specs.get(field)
        for item in spec.from_ if spec is not None else []:
            path = found_path(parse_path(item if isinstance(item, str) else item.from_), self.find)
            value = None if path is None else path_reader(path)(record)
            if _is_there(value):
                return value
        return None


def _is_there(value: Any) -> bool:
    try:
        return present(value) is not None
    except (StepError, RecursionError):
        return True
