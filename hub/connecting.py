"""From a section of hub.toml to a connector or a destination, its secrets resolved."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pydantic import ValidationError

from connectors.connector import Connector, ConnectorConfig, Destination, Stream
from connectors.pace import sharing
from connectors.renewal import keeping
from hub.kept_tokens import KeptTokens
from hub.opening import Hub
from hub.quota import SharedBudget, account_of
from hub.secret_refs import resolved
from sell_model.errors import SetupError

CONNECTORS = "sell_hub.connectors"
DESTINATIONS = "sell_hub.destinations"


def installed(group: str) -> dict[str, EntryPoint]:
    """List what is installed, ours and others', by name."""
    return dict(_installed(group, tuple(sys.path)))


@lru_cache(maxsize=8)
def _installed(group: str, _path: tuple[str, ...]) -> Mapping[str, EntryPoint]:
    """Read it once for each path: it means a file for every package that is installed."""
    return {point.name: point for point in sorted(entry_points(group=group), key=lambda p: p.name)}


def connector_class(name: str) -> type[Connector[Any]]:
    """Load a connector by name.

    Raises:
        SetupError: none is installed under that name, with the nearest one.
    """
    found: type[Connector[Any]] = _load(CONNECTORS, name, "connector")
    return found


def _load(group: str, name: str, what: str) -> Any:
    known = installed(group)
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        raise SetupError(
            f"no {what} called {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
            fix=f"installed: {', '.join(known)}; all of them: sellhub connector list",
        )
    return known[name].load()


def receives(connector: type[Connector[Any]]) -> bool:
    """Whether requests can be sent to this kind of source."""
    return connector.receive is not Connector.receive


def open_connector(hub: Hub, source: str, **overrides: Any) -> Connector[Any]:
    """Make the connector of a source; no call is made yet.

    Args:
        overrides: settings that stand over those of hub.toml.

    Raises:
        SetupError: unknown source or connector, or settings that are missing or wrong; all at once.
    """
    part = hub.settings.source(source)
    settings = {**part.connector_settings, **overrides}
    if part.mapping is not None and part.connector == "csv":
        settings["mapping"] = part.mapping
    return make_connector(hub, part.connector, f"sources.{source}", settings)


def make_connector(hub: Hub, name: str, section: str, settings: dict[str, Any]) -> Connector[Any]:
    """Make a connector from its settings; a relative `path` lies in the hub's home."""
    cls = connector_class(name)
    config = configured(hub, cls.Config, section, settings)
    with sharing(_budget(hub, name, section, settings, config)), keeping(KeptTokens(hub.home)):
        return cls(config)


def _budget(
    hub: Hub, name: str, section: str, settings: dict[str, Any], config: ConnectorConfig
) -> SharedBudget | None:
    if not hub.shares_quota:
        return None
    account = account_of(hub.settings, name, settings, section.removeprefix("sources."))
    return SharedBudget(hub.store, account, config.quota_share)


def open_destination(hub: Hub, name: str) -> Destination[Any]:
    """Make a destination of hub.toml.

    Raises:
        SetupError: unknown destination, or settings that are missing or wrong.
    """
    if name not in hub.settings.destinations:
        known = ", ".join(hub.settings.destinations) or "none yet"
        raise SetupError(f"no destination called {name!r}", fix=f"destinations: {known}; add [destinations.{name}]")
    part = hub.settings.destinations[name]
    cls: type[Destination[Any]] = _load(DESTINATIONS, part.connector, "destination")
    section, settings = f"destinations.{name}", part.connector_settings
    config = configured(hub, cls.Config, section, settings)
    with sharing(_budget(hub, part.connector, section, settings, config)), keeping(KeptTokens(hub.home)):
        return cls(config)


def configured(hub: Hub, config: type[ConnectorConfig], section: str, settings: dict[str, Any]) -> ConnectorConfig:
    """Check settings and resolve their references.

    Raises:
        SetupError: naming every setting that is missing, unknown or wrong; never its value.
    """
    values = {name: resolved(value, f"[{section}] {name}", hub.home) for name, value in settings.items()}
    for name in ("path", "folder"):
        if isinstance(values.get(name), str):
            values[name] = str(hub.home / values[name])
    try:
        return config.model_validate(values)
    except ValidationError as error:
        faults = [_fault(dict(f), config) for f in error.errors(include_url=False, include_input=False)]
        raise SetupError(
            f"[{section}]: {'; '.join(faults)}", fix="settings of each connector: docs/connectors, docs/settings.md"
        ) from None


def _fault(fault: dict[str, Any], config: type[ConnectorConfig]) -> str:
    place = ".".join(str(part) for part in fault["loc"]) or "settings"
    if fault["type"] == "missing":
        return f"{place} is missing"
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(place, config.model_fields, 1)
        return f"{place} is no setting of it" + (f", did you mean {near[0]}?" if near else "")
    return f"{place}: {str(fault['msg']).removeprefix('Value error, ')}"


def chosen_streams(connector: Connector[Any], wanted: tuple[str, ...] | None) -> list[Stream]:
    """Give the streams to read, in the order in which they must run.

    Users and pipelines are read even when `wanted` leaves them out: what follows points to them.

    Raises:
        SetupError: a stream that the connector does not have.
    """
    from connectors.connector import STREAM_ORDER

    offered = {stream.name: stream for stream in connector.streams()}
    for name in wanted or ():
        if name not in offered:
            near = difflib.get_close_matches(name, offered, 1)
            raise SetupError(
                f"{connector.title} has no stream {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
                fix=f"streams: {', '.join(offered)}",
            )
    picked = [
        stream
        for stream in offered.values()
        if (
            stream.name in wanted or (stream.default and stream.kind in {"users", "pipelines"})
            if wanted
            else stream.default
        )
    ]
    return sorted(picked, key=lambda stream: STREAM_ORDER.index(stream.kind))
