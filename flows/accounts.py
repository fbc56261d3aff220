"""Sources that share a vendor's account share its limits: one slot for all of them, kept by Prefect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prefect import runtime
from prefect.concurrency.sync import concurrency

from hub.opening import Hub
from hub.settings import Settings

_NOT_THE_ACCOUNT = {"quota_share", "ca_bundle", "path", "stream", "id_field", "tolerance"}


def accounts(settings: Settings) -> dict[str, str]:
    """Map each source to the name of its account's limit: that of the first source that signs in alike.

    What they sign in with is compared here and told nobody.
    """
    named: dict[tuple[object, ...], str] = {}
    found: dict[str, str] = {}
    for source, part in settings.sources.items():
        signs_in = {k: v for k, v in part.connector_settings.items() if k not in _NOT_THE_ACCOUNT}
        # Without anything to sign in with, such as a spreadsheet, each source stands for itself.
        key = (part.connector, *sorted(map(str, signs_in.items()))) if signs_in else (source,)
        found[source] = named.setdefault(key, f"sellhub-account-{source}")
    return found


@contextmanager
def account_slot(hub: Hub, source: str) -> Iterator[None]:
    """Hold the account's slot, waiting for it, when a deployment runs; by hand one does not wait."""
    name = accounts(hub.settings).get(source)
    if runtime.deployment.id is None or name is None:
        yield
        return
    with concurrency(name, occupy=1):
        yield
