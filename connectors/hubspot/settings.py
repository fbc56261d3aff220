"""What a HubSpot source may be told in `hub.toml`; the vendor's own limits are the defaults."""

from __future__ import annotations

from typing import Self

from pydantic import ConfigDict, Field, SecretStr, model_validator

from connectors.connector import ConnectorConfig


class HubSpotConfig(ConnectorConfig):
    """A private app's `token`, or an OAuth app's `client_id`, `client_secret` and `refresh_token`."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    token: SecretStr | None = Field(None, description="Access token of a private app (pat-…)")
    client_id: str | None = Field(None, description="OAuth app: client id")
    client_secret: SecretStr | None = Field(None, description="OAuth app: client secret")
    refresh_token: SecretStr | None = Field(None, description="OAuth app: the account's refresh token")

    objects_path: str = Field(
        "/crm/v3/objects", description="Path of the objects API; a dated one is /crm/objects/2026-03"
    )
    lag: float = Field(120, ge=0, description="Seconds that search may trail behind writes")
    overlap: float = Field(300, ge=0, description="Seconds of the last read that are read again")
    list_page: int = Field(100, ge=1, le=100, description="Records per list call")
    search_page: int = Field(200, ge=1, le=200, description="Records per search call")
    read_batch: int = Field(100, ge=1, le=100, description="Records per batch/read call")
    relations_batch: int = Field(1000, ge=1, le=1000, description="Records per associations call")
    url_limit: int = Field(6000, ge=0, description="Longest property list, in characters, put into a URL")
    archived_every: float = Field(24, ge=0, description="Hours between sweeps of many archived records")
    archived_cheap: int = Field(1000, ge=0, description="Up to so many archived records, sweep at each run")

    relations_every: float = Field(
        24, gt=0, description="Hours between sweeps of what touches no time of change, such as relations"
    )

    search_per_second: float = Field(4, gt=0, description="Search calls a second, all object types together")
    calls_per_window: int | None = Field(
        None, ge=1, description="Calls per rate_window where the vendor's headers do not say"
    )
    rate_window: float = Field(10, gt=0, description="Seconds of the vendor's rate window")
    attempts: int = Field(5, ge=1, description="Tries of one call before a run gives up")
    lock_wait: float = Field(2, ge=0, description="Seconds to wait when a record is locked (HTTP 423)")

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        oauth = (self.client_id, self.client_secret, self.refresh_token)
        if self.token is None and not all(oauth):
            raise ValueError("give token, or all of client_id, client_secret and refresh_token")
        if self.token is not None and any(oauth):
            raise ValueError("give token or the OAuth settings, not both")
        return self

    def secrets(self) -> list[str]:
        """The secrets in the clear, for taking them out of texts."""
        given = (self.token, self.client_secret, self.refresh_token)
        return [secret.get_secret_value() for secret in given if secret is not None]
