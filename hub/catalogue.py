"""What the hub can read from: installed connectors, configured sources, their streams, fields and raw records."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from connectors.connector import Check, Connector, ConnectorConfig, SourceField, SourceRecord
from connectors.errors import ConnectorError, CredentialsError
from hub.connecting import CONNECTORS, connector_class, installed, make_connector, open_connector
from hub.opening import Hub
from hub.settings import FILE_NAME
from sell_model.errors import HubError, SetupError
from sell_model.types import JsonObject

_CREDENTIALS = "credentials"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a connector."""

    name: str
    required: bool
    secret: bool
    default: Any
    text: str
    shared: bool
    """Whether every connector takes it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An installed connector."""

    name: str
    title: str
    mapped: tuple[str, ...]
    """The streams that a mapping, shipped or the admin's, reads."""
    settings: tuple[Setting, ...]

    def to_json(self) -> JsonObject:
        """Give the object that `connector list --json` prints."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source of hub.toml."""

    name: str
    connector: str
    streams: tuple[str, ...]
    problem: str = ""
    """Why it cannot be opened; empty when it can."""
    fix: str = ""


def offers(hub: Hub) -> list[Offer]:
    """List the installed connectors, ours and others'."""
    mapped: dict[str, list[str]] = {}
    for name in hub.library.names():
        connector, _, rest = name.partition("/")
        mapped.setdefault(connector, []).append(rest.rpartition(".")[0])
    return [_offer(name, tuple(dict.fromkeys(mapped.get(name, ())))) for name in installed(CONNECTORS)]


def _offer(name: str, mapped: tuple[str, ...]) -> Offer:
    cls = connector_class(name)
    fields = cls.Config.model_fields.items()
    settings = [
        Setting(
            field,
            info.is_required(),
            "SecretStr" in str(info.annotation),
            None if info.is_required() else _plain(info.default),
            info.description or "",
            field in ConnectorConfig.model_fields,
        )
        for field, info in fields
    ]
    return Offer(name, cls.title, mapped, tuple(settings))


def _plain(default: Any) -> Any:
    """A default that stands in the code is no secret, whatever its type."""
    return default.get_secret_value() if isinstance(default, SecretStr) else default


def sources(hub: Hub) -> list[SourceLine]:
    """List the sources of hub.toml with what each reads; one that cannot be opened says why."""
    return [_source(hub, name) for name in hub.settings.sources]


def _source(hub: Hub, name: str) -> SourceLine:
    part = hub.settings.sources[name]
    try:
        with open_connector(hub, name) as connector:
            offered = [stream.name for stream in connector.streams() if stream.default]
            return SourceLine(name, part.connector, part.streams or tuple(offered))
    except (HubError, ConnectorError) as error:
        return SourceLine(name, part.connector, part.streams or (), str(error), error.fix)


def check_source(hub: Hub, name: str) -> list[Check]:
    """Try a source's connection, live; an error becomes a check that does not hold.

    Raises:
        SetupError: hub.toml has no such source.
    """
    hub.settings.source(name)
    try:
        with open_connector(hub, name) as connector:
            return list(connector.check())
    except (HubError, ConnectorError) as error:
        return [
            Check(_CREDENTIALS if isinstance(error, CredentialsError) else "connection", False, str(error), error.fix)
        ]


def refused(checks: Iterable[Check]) -> bool:
    """Whether the vendor does not accept who we say we are."""
    return any(check.name == _CREDENTIALS and not check.ok for check in checks)


@dataclass(slots=True)
class Place:
    """One stream of an opened source; or all that its connector offers, where no stream is named."""

    source: str
    connector: Connector[Any]
    stream: str | None

    def the_stream(self) -> str:
        """Give the stream; where none is named, the only one there is.

        Raises:
            SetupError: none is named and there are several.
        """
        offered = [stream.name for stream in self.connector.streams()]
        if self.stream is not None or len(offered) == 1:
            return self.stream or offered[0]
        raise SetupError(
            f"which stream of {self.source}?",
            fix=f"name one of them: {', '.join(f'{self.source}.{name}' for name in offered)}",
        )


def opened(hub: Hub, place: str) -> Place:
    """Open the source in `SOURCE` or `SOURCE.STREAM`, or a CSV file named by its path; close its connector afterwards.

    Raises:
        SetupError: no such source, stream or file.
    """
    if place.lower().endswith(".csv"):
        path = Path(place).expanduser().resolve()
        return Place(path.stem, make_connector(hub, "csv", place, {"path": str(path)}), "rows")
    source, _, stream = place.partition(".")
    connector = open_connector(hub, source)
    offered = [each.name for each in connector.streams()]
    if stream and stream not in offered:
        near = difflib.get_close_matches(stream, offered, 1)
        raise SetupError(
            f"{connector.title} has no stream {stream!r}" + (f"; did you mean {near[0]!r}?" if near else ""),
            fix=f"streams of {source} in {FILE_NAME}: {', '.join(offered)}",
        )
    return Place(source, connector, stream or None)


def fields_of(hub: Hub, place: str) -> dict[str, list[SourceField]]:
    """List the fields of one stream, or of all streams of a source, custom fields too.

    Raises:
        SetupError, ConnectorError: as for `opened`, and what the vendor says.
    """
    at = opened(hub, place)
    with at.connector as connector:
        names = [at.stream] if at.stream else [stream.name for stream in connector.streams()]
        return {name: connector.discover(name) for name in names}


def raw_sample(hub: Hub, place: str, limit: int) -> list[SourceRecord]:
    """Read the first records of a stream as the vendor sends them; nothing is stored.

    Raises:
        SetupError, ConnectorError: as for `opened`, and what the vendor says.
    """
    at = opened(hub, place)
    with at.connector as connector:
        return first_records(connector, at.the_stream(), limit)


def first_records(connector: Connector[Any], stream: str, limit: int) -> list[SourceRecord]:
    """Read the first records of a stream, and not one page more than they need."""
    with closing(iter(connector.pull(stream, None))) as pages:  # type: ignore[type-var]
        return list(islice(chain.from_iterable(page.records for page in pages), limit))
