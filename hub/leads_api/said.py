"""A change in Sell's shape as words that people would type: so it is checked, kept and told like any edit by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from connectors.leads_api.lead import IDS, TEXTS, Fault
from hub.leads_api.shape import Ids
from sell_model.custom_fields import CUSTOM
from sell_model.types import JsonObject


def said_of(data: Mapping[str, Any], ids: Ids) -> tuple[dict[str, str], list[Fault]]:
    """Give a change as field and text; an empty text blanks. What cannot be said so is a fault."""
    said = {name: data[name] or "" for name in TEXTS if name in data}
    faults: list[Fault] = []
    for name in (each for each in IDS if data.get(each) is not None):
        known = _named(name, data[name], ids)
        if known is None:
            faults.append(Fault("unknown", "no such id is known here", f"/{name}"))
        else:
            said[name.removesuffix("_id")] = known
    if "address" in data:
        said["address"] = json.dumps(_filled(data["address"] or {})) if data["address"] else ""
    if "tags" in data:
        said["tags"] = ",".join(data["tags"] or ())
        if any("," in tag for tag in data["tags"] or ()):
            faults.append(Fault("incorrect_value", "a tag holds a comma", "/tags"))
    said |= {f"{CUSTOM}{name}": _text(value) for name, value in (data.get("custom_fields") or {}).items()}
    return said, faults


def _named(name: str, id_: int, ids: Ids) -> str | None:
    if name == "owner_id":
        owner = ids.owner(id_)
        return (owner.email or owner.name) if owner is not None else None
    return ids.source_name(id_) if name == "source_id" else None


def _filled(parts: JsonObject) -> JsonObject:
    return {name: value for name, value in parts.items() if value is not None}


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ",".join(map(str, value))
    return json.dumps(value) if isinstance(value, dict) else str(value)
