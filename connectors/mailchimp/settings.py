"""Settings of a Mailchimp source."""

from __future__ import annotations

from pydantic import ConfigDict, Field, SecretStr

from connectors.connector import ConnectorConfig
from connectors.mailchimp.api import PAGE


class MailchimpConfig(ConnectorConfig):
    """Settings of a Mailchimp source."""

    model_config = ConfigDict(hide_input_in_errors=True)

    token: SecretStr = Field(description="API key with its data centre, such as …-us19")
    audience: str | None = Field(None, description="Audience id; left out: all that the key sees")
    secret: SecretStr | None = Field(
        None, description="What stands behind ?secret= in the webhooks' address; without it nothing is received"
    )
    signing_secret: SecretStr | None = Field(
        None, description="The webhook's signing secret, if the account was given one: then the signature must fit too"
    )
    overlap: float = Field(300, ge=0, description="Seconds that a read reaches back before the last one's end")
    until_lag: float = Field(60, ge=0, description="Seconds before now that a read takes for settled")
    sweep_every: float = Field(24, ge=0, description="Hours between sweeps, which find members deleted for good")
    segments_every: float = Field(24, ge=0, description="Hours between reads of the saved segments, if they are read")
    connections: int = Field(10, ge=1, description="Calls under way at once that the vendor allows an account")
    page_size: int = Field(PAGE, ge=1, le=PAGE, description="Members in one call")
