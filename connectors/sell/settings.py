"""The settings of a Sell source."""

from __future__ import annotations

from pydantic import ConfigDict, Field, SecretStr

from connectors.connector import ConnectorConfig
from connectors.pace import Pace
from connectors.sell.api import LARGEST_PAGE


class SellConfig(ConnectorConfig):
    """Settings of a Zendesk Sell source."""

    model_config = ConfigDict(hide_input_in_errors=True)

    token: SecretStr = Field(description="Access token, of an admin: others see less, and are not told")
    sync_api: bool = Field(False, description="Read companies, contacts, leads, deals and activities by the Sync API")
    conversions: bool = Field(True, description="Ask by list which leads were converted: one call a run")
    overlap: float = Field(60, ge=0, description="Seconds that a change may come to light late")
    page_size: int = Field(LARGEST_PAGE, ge=20, le=LARGEST_PAGE, description="Records in one call")
    calls_per_second: float = Field(8, gt=0, description="Calls a second; the vendor allows 10 a token")


def pace_of(calls_per_second: float, quota_share: float) -> Pace:
    """Make the account's pacer; the vendor has no header to tell it more."""
    rate = calls_per_second * quota_share
    return Pace(rate, burst=max(1, int(rate)))
