"""`hub.toml`: what the hub reads, where it keeps it, who deals with it."""

from __future__ import annotations

import difflib
import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from sell_model.errors import SetupError
from sell_model.types import Currency

FILE_NAME = "hub.toml"

HAND = "hand"
"""The source of what people add by hand."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HubPart(_Part):
    """`[hub]`: what holds for everything."""

    plan: Literal["team", "growth", "professional", "enterprise"] | None = None
    region: str = Field("US", pattern=r"^[A-Z]{2}$")
    """Default region of phone numbers, ISO 3166."""
    currency: Currency = "USD"
    """ISO 4217: of amounts that come without one."""
    timezone: str = "UTC"
    alert: str | None = None
    """An Apprise URL, or a reference to one: `env:ALERT_URL`."""
    reopen: Literal["contact", "lead"] = "contact"
    """What a new source record of somebody who is a contact becomes: part of the contact, or a lead again."""
    value_basis: Literal["mrr", "contract_total"] | None = None
    """What a deal's value is, for all deals of the account: monthly recurring revenue, or the contract's total."""
    qualification: str | None = None
    """A filter that a lead must meet to be converted, in the language of smart lists."""
    criteria: Literal["warn", "refuse"] = "warn"
    """What becomes of a conversion or a stage move whose criteria are not met."""
    require_reasons: bool = False
    """Whether losing or unqualifying needs a reason."""


class NotificationsPart(_Part):
    """`[notifications]`: how new owners are told, beside the list that `sellhub notification list` shows."""

    email: str | None = None
    """An Apprise URL of a mail server, or a reference to one: `env:MAIL_URL`. The recipient is put in by the hub."""
    sender: str | None = None
    """The address that notifications come from."""


class StoragePart(_Part):
    """`[storage]`: where it all is kept."""

    url: str = "sqlite:///hub.db"
    """SQLAlchemy URL, or a reference to one. A relative SQLite path lies in the hub's home."""


class SourcePart(BaseModel):
    """`[sources.NAME]`: the hub's own settings of a source; the others are its connector's."""

    model_config = ConfigDict(extra="allow", frozen=True)

    connector: str
    streams: tuple[str, ...] | None = None
    schedule: str | None = None
    """Cron, five fields, UTC."""
    pool: str | None = None
    """The pool that deals out what comes without an owner."""
    priority: int = 0
    """Higher wins where sources disagree; equal ones go by recency."""
    mapping: str | None = None
    """Read the stream by this mapping instead of the shipped ones: a name, or a file."""

    @property
    def connector_settings(self) -> dict[str, Any]:
        """The settings that belong to the connector."""
        return dict(self.model_extra or {})


class DestinationPart(BaseModel):
    """`[destinations.NAME]`: where records are pushed to."""

    model_config = ConfigDict(extra="allow", frozen=True)

    connector: str

    @property
    def connector_settings(self) -> dict[str, Any]:
        """The settings that belong to the destination."""
        return dict(self.model_extra or {})


class ProspectsPart(BaseModel):
    """`[prospects.NAME]`: a provider of prospects; its settings are `connectors.prospects.provider`'s."""

    model_config = ConfigDict(extra="allow", frozen=True)

    @property
    def provider_settings(self) -> dict[str, Any]:
        """What is said of it."""
        return dict(self.model_extra or {})


class PoolPart(_Part):
    """`[[pools]]`: a pool that the hub starts with. Once made, the database rules."""

    name: str
    of: Literal["lead", "contact", "deal"] = "lead"
    members: tuple[str, ...] = ()
    """E-mail addresses, in the order of their turns."""


class UserPart(_Part):
    """`[[users]]`: somebody the hub starts with."""

    name: str
    email: str


class StagePart(_Part):
    """A stage of a `[[pipelines]]` entry."""

    name: str
    category: Literal["incoming", "qualified", "quote", "closure", "won", "unqualified", "lost", "custom"] = "custom"
    likelihood: int = Field(0, ge=0, le=100)


class PipelinePart(_Part):
    """`[[pipelines]]`: a pipeline that the hub starts with."""

    name: str
    stages: tuple[StagePart, ...] = ()


class Settings(_Part):
    """All of `hub.toml`."""

    hub: HubPart = HubPart()
    storage: StoragePart = StoragePart()
    notifications: NotificationsPart = NotificationsPart()
    sources: dict[str, SourcePart] = {}
    destinations: dict[str, DestinationPart] = {}
    prospects: dict[str, ProspectsPart] = {}
    pools: tuple[PoolPart, ...] = ()
    users: tuple[UserPart, ...] = ()
    pipelines: tuple[PipelinePart, ...] = ()

    @field_validator("sources")
    @classmethod
    def _not_by_hand(cls, sources: dict[str, SourcePart]) -> dict[str, SourcePart]:
        if HAND in sources:
            raise ValueError(f"{HAND!r} is the name of what people add by hand; give the source another one")
        return sources

    def source(self, name: str) -> SourcePart:
        """Give a source by name.

        Raises:
            SetupError: there is none, with the nearest name.
        """
        if name in self.sources:
            return self.sources[name]
        near = difflib.get_close_matches(name, self.sources, 1)
        known = ", ".join(self.sources) or "none yet"
        raise SetupError(
            f"no source called {name!r} in {FILE_NAME}" + (f"; did you mean {near[0]!r}?" if near else ""),
            fix=f"sources: {known}; add one as [sources.{name}]",
        )


def home_folder(given: str | Path | None = None) -> Path:
    """Give the hub's home: as given, else `SELLHUB_HOME`, else the current folder."""
    return Path(given or os.environ.get("SELLHUB_HOME") or ".").expanduser().resolve()


def read_settings(home: Path) -> Settings:
    """Read `hub.toml` in the hub's home; without one, the defaults hold.

    Raises:
        SetupError: not TOML, or a setting that is unknown or wrong; all of them at once.
    """
    path = home / FILE_NAME
    if not path.exists():
        return Settings()
    try:
        return Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise SetupError(f"{path}: not valid TOML: {error}", fix="correct that line; strings go in quotes") from error
    except ValidationError as error:
        faults = "; ".join(_fault(dict(f)) for f in error.errors(include_url=False))
        raise SetupError(f"{path}: {faults}", fix="see docs/settings.md, or start from: sellhub init") from error


def _fault(fault: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(fault["loc"][-1]), _NAMES, 1)
        return f"{place}: no such setting" + (f", did you mean {near[0]}?" if near else "")
    return f"{place}: {fault['msg']}"


_NAMES = sorted(
    {
        name
        for part in (Settings, HubPart, StoragePart, NotificationsPart, SourcePart, PoolPart, UserPart)
        for name in part.model_fields
    }
)
