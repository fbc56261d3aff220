"""The properties of a type, listed once per run: HubSpot gives only those that are asked for."""

from __future__ import annotations

from functools import cached_property

from connectors.connector import JsonObject
from connectors.hubspot.gateway import Gateway
from connectors.hubspot.objects import ObjectKind


class Properties:
    """What a type's records may hold. Makes one call, when first asked."""

    def __init__(self, gateway: Gateway, kind: ObjectKind) -> None:
        self._gateway = gateway
        self._kind = kind

    @cached_property
    def names(self) -> list[str]:
        """All readable properties, sorted."""
        named = {str(row["name"]) for row in self._rows}
        return sorted(named.union(self._kind.always_asked(), self._kind.usual))

    def labels(self, name: str) -> dict[str, str]:
        """Give a property's choices by value, as people see them; empty: HubSpot does not list them."""
        options = next((row.get("options") or () for row in self._rows if row["name"] == name), ())
        return {str(each["value"]): str(each["label"]) for each in options if "value" in each and each.get("label")}

    @cached_property
    def _rows(self) -> list[JsonObject]:
        return self._gateway.properties(self._kind.name)
