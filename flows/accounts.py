"""Sources that share a vendor's account share its limits: one slot for all of them, kept by Prefect."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prefect import runtime
from prefect.concurrency.sync import concurrency

from hub.opening import Hub
from hub.quota import accounts


@contextmanager
def account_slot(hub: Hub, source: str) -> Iterator[None]:
    """Hold the account's slot, waiting for it, when a deployment runs; by hand one does not wait."""
    name = accounts(hub.settings).get(source)
    if runtime.deployment.id is None or name is None:
        yield
        return
    with concurrency(name, occupy=1):
        yield
