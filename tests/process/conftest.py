"""Vendors that a process is read from, and hubs that read them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.opening import Hub
from hub.process_at_work import file_of
from sandbox.hubspot.standin import HubSpotSandbox
from sandbox.salesforce.standin import SalesforceSandbox
from tests.conftest import OpenHub
from tests.console import Shell
from tests.hub.test_importing import TOML
from tests.hub.test_sources import section

CHANNEL: dict[str, Any] = {
    "id": "77",
    "label": "Partner channel",
    "displayOrder": 1,
    "archived": False,
    "createdAt": "2026-08-01T10:00:00Z",
    "updatedAt": "2026-08-01T10:00:00Z",
    "stages": [
        {"id": "p1", "label": "Kaffee", "displayOrder": 0, "metadata": {"isClosed": "false", "probability": "0.25"}},
        {"id": "p2", "label": "Deal!", "displayOrder": 1, "metadata": {"isClosed": "true", "probability": "1.0"}},
    ],
}
"""A second pipeline, with stages called as nobody else would."""
QUICK = {"lag": 0, "search_per_second": 1000}


@pytest.fixture
def hubspot() -> Iterator[HubSpotSandbox]:
    """A HubSpot account with two pipelines; the first deal stands in the second of them."""
    with HubSpotSandbox() as vendor:
        vendor.portal.pipelines.append(CHANNEL)
        first = min(vendor.portal.records["deals"])
        vendor.portal.records["deals"][first].properties |= {"pipeline": "77", "dealstage": "p1"}
        yield vendor


@pytest.fixture
def salesforce() -> Iterator[SalesforceSandbox]:
    """A Salesforce org."""
    with SalesforceSandbox() as vendor:
        yield vendor


@pytest.fixture
def hub(opened: OpenHub, hubspot: HubSpotSandbox, salesforce: SalesforceSandbox) -> Hub:
    """A hub that reads both."""
    return opened(TOML + section("crm", hubspot, **QUICK) + section("sf", salesforce))


@pytest.fixture
def crm(tmp_path: Path, capsys: pytest.CaptureFixture[str], hubspot: HubSpotSandbox) -> Shell:
    """The command line on a hub that reads HubSpot."""
    shell = Shell(tmp_path, capsys)
    shell.settings(TOML + section("crm", hubspot, **QUICK))
    return shell


def edit(hub: Hub, source: str, *changes: tuple[str, str]) -> None:
    """Edit a source's process file as a person does; each piece of text must stand there."""
    path = file_of(hub, source).path
    text = path.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")
