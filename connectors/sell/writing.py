"""Writing to Sell, which has no idempotency keys: a call that creates is never repeated blindly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tenacity import RetryCallState

from connectors.connector import JsonObject
from connectors.errors import TransientError
from connectors.pace import Pace
from connectors.sell.api import SellApi, data_of, json_object, usual
from connectors.transport import VendorAdapter

_NOT_DONE = ("HTTP 429",)
"""What says for sure that a call was not carried out."""


class OnceAdapter(VendorAdapter):
    """Sends a call once, since it may have been carried out although no answer came; but 429 is tried again."""

    @staticmethod
    def _stop(state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        return not str(error).startswith(_NOT_DONE) or VendorAdapter._stop(state)


class SellWriter:
    """Calls that read, change and delete may be repeated, and are; calls that create are made once.

    Args:
        root: the API's address, its version included.
    """

    def __init__(
        self, root: str, token: str, on_call: Callable[[], None], pace: Pace, ca_bundle: str | None = None
    ) -> None:
        self.api = SellApi(root, token, on_call, pace, ca_bundle)
        self._once = SellApi(root, token, on_call, pace, ca_bundle)
        self._once.mount(OnceAdapter("Zendesk Sell", on_call, pace, usual))

    def find(self, path: str, filters: dict[str, Any]) -> list[JsonObject]:
        """Get the records that meet filters exactly; more than one page of them is too many anyway."""
        return self.api.listing(path, {**filters, "sort_by": "id", "per_page": 100}).rows

    def get(self, path: str) -> JsonObject:
        """Get one record."""
        return self.api.one(path)

    def create(self, path: str, data: JsonObject) -> JsonObject:
        """Make a record.

        Raises:
            TransientError: it may have been made.
        """
        return _data(self._once.call("POST", path, body={"data": data}), path)

    def upsert(self, path: str, filters: dict[str, str], data: JsonObject) -> JsonObject:
        """Make or change the one record that meets the filters; the same again is the same."""
        return _data(self.api.call("POST", f"{path}/upsert", params=filters, body={"data": data}), path)

    def change(self, path: str, data: JsonObject) -> JsonObject:
        """Change a record's named fields."""
        return _data(self.api.call("PUT", path, body={"data": data}), path)

    def delete(self, path: str) -> None:
        """Delete a record for good."""
        self.api.call("DELETE", path)

    def close(self) -> None:
        """Give back connections."""
        self.api.close()
        self._once.close()


def _data(response: Any, path: str) -> JsonObject:
    data = data_of(json_object(response) or {})
    if not data.get("id"):
        raise TransientError(f"Zendesk Sell: an answer without an id at {path}")
    return data
