"""What our stand-ins share: each runs a server of the sandbox, which says itself what reaches it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Generic, TypeVar

from connectors.connector import Request
from connectors.testing import StandIn
from sandbox.vendor import Vendor

VendorT = TypeVar("VendorT", bound=Vendor)

NO_HOOKS: dict[str, str] = dict.fromkeys(("deliver", "forge", "stale", "sign"), "the vendor sends nothing to the hub")
NO_ARCHIVE: dict[str, str] = dict.fromkeys(("archive", "restore"), "the vendor has no archive")
GOOGLE_SECRETS = ("client-secret", "1//refresh")
GOOGLE_USER: Mapping[str, Any] = {
    "service_account": None, "client_id": "client-id", "client_secret": "client-secret", "refresh_token": "1//refresh",
}  # fmt: skip
"""Signed in by a user's token: a service account signs each time with a key, which takes long to load."""
HOOK = "https://hub.example.com/hooks/kit"
NO_MERGE: dict[str, str] = {"merge": "the vendor merges nobody"}


class Sandboxed(StandIn, Generic[VendorT]):
    """A stand-in of the sandbox.

    Attributes:
        kind: its class.
        fast: settings beside those that the stand-in gives: small pages, no pace, no waiting for an index.
    """

    kind: ClassVar[type[Vendor]]
    fast: ClassVar[Mapping[str, Any]] = {}
    vendor: VendorT
    _given: dict[str, Any]

    def start(self) -> str:
        self.vendor = self.kind()  # type: ignore[assignment]  # the class says which
        return self.vendor.start().base_url

    def stop(self) -> None:
        self.vendor.stop()

    def settings(self, base_url: str) -> dict[str, Any]:
        """As they were when the account was new: credentials may be refused since."""
        if not self._given:
            self.vendor.base_url = base_url
            self._given = {**self.vendor.settings(), **self.fast}
        return self._given

    def reset(self) -> None:
        self.vendor.reset()  # type: ignore[attr-defined]  # all of them have it
        self._given = {}
        self.begin()

    def begin(self) -> None:
        """Empty the seeded account."""
        raise NotImplementedError


def post(body: bytes, headers: Mapping[str, str] | None = None, url: str = HOOK) -> Request:
    """A request as it arrives at the hub, now."""
    return Request("POST", url, {"content-type": "application/json", **(headers or {})}, body, datetime.now(UTC))
