"""What a Facebook Lead Ads source can be told."""

from __future__ import annotations

from pydantic import ConfigDict, Field, SecretStr

from connectors.connector import ConnectorConfig

LEAD_FIELDS = (
    "id,created_time,ad_id,ad_name,adset_id,adset_name,campaign_id,campaign_name,form_id,is_organic,platform,field_data"
)


class FacebookLeadsConfig(ConnectorConfig):
    """Settings of a Facebook Lead Ads source."""

    model_config = ConfigDict(hide_input_in_errors=True)

    token: SecretStr = Field(description="Long-lived access token of the page")
    page: str = Field("me", min_length=1, description="Page id; left out: the page that the token belongs to")
    forms: tuple[str, ...] | None = Field(None, description="Ids of forms; left out: all of the page")
    app_secret: SecretStr | None = Field(None, description="The app's secret: proves calls, and verifies webhooks")
    verify_token: SecretStr | None = Field(None, description="What the app says when it asks for our webhook address")
    test_leads: bool = Field(False, description="Whether leads made by the vendor's testing tool are kept")
    api_version: str = Field("24.0", pattern=r"^v?\d{1,3}\.\d{1,2}$", description="Version of the Graph API")
    lead_fields: str = Field(LEAD_FIELDS, description="What is asked of a lead; must hold id, field_data, form_id")
    overlap: int = Field(600, ge=0, description="Seconds of the last read that are read again")
    page_size: int = Field(100, ge=1, le=500, description="Leads in one call")
