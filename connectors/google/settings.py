"""The settings by which a Google source says who it is, in one of three ways."""

from __future__ import annotations

from typing import Self

from pydantic import ConfigDict, Field, SecretStr, model_validator

from connectors.connector import ConnectorConfig

WAYS = "give service_account; or client_id, client_secret and refresh_token; or access_token"


class GoogleConfig(ConnectorConfig):
    """Who we are at Google, and where it is asked."""

    model_config = ConfigDict(hide_input_in_errors=True)

    service_account: SecretStr | None = Field(None, description="The service account's key file, JSON text")
    subject: str | None = Field(None, description="User that the service account acts for, where an admin allows it")
    client_id: str | None = Field(None, description="OAuth client: client id")
    client_secret: SecretStr | None = Field(None, description="OAuth client: client secret")
    refresh_token: SecretStr | None = Field(None, description="OAuth client: the user's refresh token")
    access_token: SecretStr | None = Field(None, description="A ready access token; cannot be renewed by the hub")
    token_url: str | None = Field(None, description="Where tokens are had; left out: Google, or base_url and /token")

    @model_validator(mode="after")
    def _has_one_way_in(self) -> Self:
        client = (self.client_id, self.client_secret, self.refresh_token)
        ways = [self.service_account is not None, any(part is not None for part in client), bool(self.access_token)]
        if sum(ways) != 1 or (ways[1] and None in client):
            raise ValueError(WAYS)
        return self
