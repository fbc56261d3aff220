"""What a Singer source can be told."""

from __future__ import annotations

import json
import shlex
from typing import Any, Literal

from pydantic import ConfigDict, Field, SecretStr, field_validator

from connectors.connector import ConnectorConfig, StreamKind


class SingerConfig(ConnectorConfig):
    """Settings of a Singer source."""

    model_config = ConfigDict(hide_input_in_errors=True)

    command: tuple[str, ...] = Field(
        min_length=1, description="The tap's program, and what it needs before our options"
    )
    config: SecretStr = Field(SecretStr("{}"), description="The tap's own settings: a table, or JSON by file: or env:")
    catalog: str | None = Field(None, description="Its catalog, JSON by file:; left out: what it discovers")
    discovers: bool = Field(True, description="Whether the tap knows --discover")
    stream_names: tuple[str, ...] | None = Field(None, description="Streams to offer; left out: all of its catalog")
    kinds: dict[str, StreamKind] = Field(default={}, description="What a stream's records are; left out: by its name")
    keys: dict[str, tuple[str, ...]] = Field(default={}, description="Fields that name a record, by stream")
    replication_keys: dict[str, str] = Field(
        default={}, description="Field to go on by, by stream; empty: all each time"
    )
    catalog_option: Literal["--catalog", "--properties"] = Field("--catalog", description="Older taps: --properties")
    environment: tuple[str, ...] = Field((), description="Names of variables that the tap may see, beside the usual")
    quiet_seconds: float = Field(600, gt=0, description="After so long without a word a tap is taken to hang")
    follow_up_to: int = Field(200_000, ge=0, description="Records of a stream up to which deletions are found out")

    @field_validator("command", mode="before")
    @classmethod
    def _as_words(cls, value: Any) -> Any:
        return tuple(shlex.split(value)) if isinstance(value, str) else value

    @field_validator("config", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return json.dumps(value, default=str) if isinstance(value, dict) else value

    @field_validator("config")
    @classmethod
    def _is_object(cls, value: SecretStr) -> SecretStr:
        if not isinstance(_json(value.get_secret_value()), dict):
            raise ValueError("it is no JSON object")
        return value

    @field_validator("catalog")
    @classmethod
    def _is_catalog(cls, value: str | None) -> str | None:
        found = _json(value) if value is not None else {"streams": []}
        if not isinstance(found, dict) or not isinstance(found.get("streams"), list):
            raise ValueError('it is no catalog: a JSON object with "streams"')
        return value


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
