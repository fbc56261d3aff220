"""The settings of a Salesforce source."""

from __future__ import annotations

from pydantic import Field, SecretStr, model_validator

from connectors.connector import ConnectorConfig

LOGIN_HOST = "https://login.salesforce.com"


class SalesforceConfig(ConnectorConfig):
    """How to get into an org, and how to read it.

    One way in of these: `client_id`, `client_secret` (client credentials); `client_id`, `username`, `private_key`
    (JWT); `username`, `password`, `security_token` (SOAP, or OAuth's password flow where `client_id` and
    `client_secret` stand beside them); `access_token`. `base_url` is both login and instance host.
    """

    access_token: SecretStr | None = Field(None, description="A session id; cannot be renewed by the hub")
    username: str | None = Field(None, description="The integration user")
    password: SecretStr | None = None
    security_token: SecretStr | None = Field(None, description="Appended to the password")
    client_id: str | None = Field(None, description="Consumer key of the connected app")
    client_secret: SecretStr | None = None
    private_key: SecretStr | None = Field(None, description="PEM, of the certificate in the connected app")
    audience: str | None = Field(None, description="`aud` of the JWT; left out: login or test host")
    api_version: str = Field("62.0", pattern=r"^\d{2,3}\.0$")
    bulk_above: int = Field(2000, ge=0, description="More rows than this are read by Bulk API 2.0")
    bulk_page: int = Field(10_000, ge=1, description="Rows of one Bulk result page")
    overlap_minutes: float = Field(10, ge=0, description="How far a read reaches back into the last one")
    poll_first_seconds: float = Field(0.5, gt=0, description="Wait before the first look at a Bulk job")
    poll_longest_seconds: float = Field(30, gt=0)
    poll_give_up_minutes: float = Field(120, gt=0)

    @model_validator(mode="after")
    def _one_way_in(self) -> SalesforceConfig:
        ways = (
            self.access_token,
            self.username and self.password,
            self.client_id and self.client_secret,
            self.client_id and self.username and self.private_key,
        )
        if not any(ways):
            raise ValueError(
                "set access_token; or username, password, security_token; or client_id, client_secret; "
                "or client_id, username, private_key"
            )
        if self.base_url is None and not (self.username and (self.password or self.private_key)):
            raise ValueError("set base_url to your My Domain, like https://yours.my.salesforce.com")
        return self

    def secrets(self) -> list[str]:
        """List what must not show in any text."""
        held = (self.access_token, self.password, self.security_token, self.client_secret, self.private_key)
        return [secret.get_secret_value() for secret in held if secret]
