"""The live checks of a Sell account: who we are, what we may read."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence

from connectors.connector import Check
from connectors.errors import CredentialsError, SetupError
from connectors.sell.activities import ACTIVITIES
from connectors.sell.api import FIX_RIGHTS, RefusedCallError, SellApi
from connectors.sell.sync import DEVICE

CHECKING = str(uuid.uuid5(uuid.NAMESPACE_URL, "sell-hub/connector-check"))
"""A device of its own, so that a check takes nothing from a source's queue."""


def checks(api: SellApi, lists: Sequence[tuple[str, str, Mapping[str, str]]], *, sync: bool) -> list[Check]:
    """Try the token, and a sample of each stream: its name, path and parameters."""
    user = api.one("/users/self")
    role, status = user.get("role"), user.get("status")
    found = [Check("credentials", True, f"user {user.get('id')}, {status}"), _role(role)]
    found += [_sample(api, *each) for each in lists]
    return [*found, _sync(api)] if sync else found


def _role(role: object) -> Check:
    if role == "admin":
        return Check("role", True, "admin")
    text = f"role {role}: the vendor leaves out, without a word, what this user may not see"
    return Check("role", False, text, "make the token as an admin, so that everything is read")


def _sample(api: SellApi, name: str, path: str, params: Mapping[str, str]) -> Check:
    try:
        rows = api.listing(path, {**params, "per_page": 1}).rows
    except CredentialsError:
        raise
    except SetupError as error:
        if path in ACTIVITIES.values() and isinstance(error, RefusedCallError) and error.status == 404:
            return Check(name, True, "this account does not have it; a run says so and reads the others")
        return Check(name, False, str(error), error.fix)
    return Check(name, True, "readable" if rows else "readable; none is there, or none that this user may see")


def _sync(api: SellApi) -> Check:
    try:
        api.call("POST", "/sync/start", headers={DEVICE: CHECKING})
    except CredentialsError:
        raise
    except SetupError as error:
        return Check(
            "sync_api", False, str(error), f"{FIX_RIGHTS}; the plan must have the Sync API; or leave out sync_api"
        )
    return Check("sync_api", True, "may be used")
