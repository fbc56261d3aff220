"""The hub's own defaults, which a mapping takes where neither it nor the record says otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mappings.steps import ContextName
from mappings.steps_time import known_zone
from sell_model.errors import SetupError


@dataclass(frozen=True, slots=True)
class Context:
    """Defaults of the hub.

    Raises:
        SetupError: one of them is not what it should be.
    """

    region: str = "US"
    """Of phone numbers that do not say their country: ISO 3166, two capitals."""
    timezone: str = "UTC"
    """Of times that do not say their zone: an IANA name."""
    currency: str = "USD"
    """Of a deal's value where the source names none: ISO 4217."""

    def __post_init__(self) -> None:
        if not re.fullmatch("[A-Z]{2}", self.region):
            raise SetupError(f"region {self.region!r} is not a country's code", fix='two capitals: region = "US"')
        if not re.fullmatch("[A-Z]{3}", self.currency):
            raise SetupError(f"currency {self.currency!r} is no currency", fix='three capitals: currency = "USD"')
        if not known_zone(self.timezone):
            raise SetupError(f"no time zone is called {self.timezone!r}", fix='like timezone = "Europe/Berlin"')

    def as_options(self) -> dict[ContextName, str]:
        """Give the defaults by the names that steps ask for."""
        return {"region": self.region, "timezone": self.timezone, "currency": self.currency}
