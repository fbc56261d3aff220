"""Refresh tokens that rotate: the next process, and the worker beside us, renew with the newest one."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import CredentialsError, SetupError
from hub.catalogue import check_source
from hub.connecting import open_connector
from hub.kept_tokens import FOLDER
from hub.opening import Hub, open_hub
from hub.rehearsing import rehearse
from hub.runs import Options
from hub.sync import sync_source
from sandbox.google_forms import GoogleFormsSandbox
from sandbox.hubspot.standin import CLIENT, HubSpotSandbox
from tests.conftest import OpenHub
from tests.hub.test_importing import TOML


@pytest.fixture
def vendor() -> Iterator[HubSpotSandbox]:
    """An account whose refresh tokens are good once."""
    with HubSpotSandbox() as sandbox:
        sandbox.rotating = True
        yield sandbox


def crm(vendor: HubSpotSandbox, **settings: Any) -> str:
    """A hub.toml with that account in it."""
    values = {**vendor.oauth_settings(), "search_per_second": 1000, "streams": ["contacts"], **settings}
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
    return f'{TOML}\n[sources.crm]\nconnector = "hubspot"\npool = "Inbound"\n{lines}'


def synced(hub: Hub) -> list[str | None]:
    """Sync the source; gives the error of each stream."""
    return [report.error for report in sync_source(hub, "crm", Options())]


def test_the_next_process_signs_in_with_what_the_last_was_given(opened: OpenHub, vendor: HubSpotSandbox) -> None:
    """The token of the settings was spent by the first run."""
    text = crm(vendor)
    for _ in range(3):
        assert set(synced(opened(text))) == {None}
    assert vendor.refresh_token != CLIENT["refresh_token"]


def test_a_dry_run_keeps_the_token_too(opened: OpenHub, vendor: HubSpotSandbox) -> None:
    """What a rehearsal takes back is the hub's; the vendor takes nothing back."""
    hub = opened(crm(vendor))
    rehearsal = rehearse(hub, lambda: sync_source(hub, "crm", Options()))
    assert {report.error for report in rehearsal.reports} == {None}
    assert set(synced(opened(crm(vendor)))) == {None}


def test_the_token_lies_in_a_file_for_its_owner_alone(opened: OpenHub, vendor: HubSpotSandbox) -> None:
    """No secret in the database, in a check or in an error."""
    hub = opened(crm(vendor))
    synced(hub)
    told = repr(check_source(hub, "crm"))
    with open_connector(hub, "crm") as connector:
        told += repr(connector.config)

    files = [path for path in (hub.home / FOLDER).iterdir() if path.name != ".gitignore"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((hub.home / FOLDER).stat().st_mode) == 0o700
    assert [path.read_text() for path in files if not path.suffix] == [vendor.refresh_token]
    assert vendor.refresh_token not in told
    assert not [path for path in hub.home.glob("hub.db*") if b"sandbox-refresh-token-" in path.read_bytes()]


def test_a_token_that_a_person_sets_anew_wins(opened: OpenHub, vendor: HubSpotSandbox) -> None:
    """The app was installed again: what came from the old token is worth nothing."""
    synced(opened(crm(vendor)))
    vendor.refresh_token = "installed-again"

    (error,) = {*synced(opened(crm(vendor)))}
    assert error is not None
    assert "refresh token was not accepted" in error
    assert set(synced(opened(crm(vendor, refresh_token="installed-again")))) == {None}
    assert set(synced(opened(crm(vendor, refresh_token="installed-again")))) == {None}


def test_workers_who_renew_at_once_all_get_in(opened: OpenHub, vendor: HubSpotSandbox) -> None:
    """Each renewal spends the token that another would have used."""
    home = opened(crm(vendor)).home

    def sign_in(_: int) -> int:
        with open_hub(home) as hub, open_connector(hub, "crm") as connector:
            return sum(len(page.records) for page in connector.pull("owners", None))

    with ThreadPoolExecutor(4) as workers:
        assert set(workers.map(sign_in, range(12))) == {4}


def test_a_token_that_cannot_be_kept_is_said_at_once(opened: OpenHub, vendor: HubSpotSandbox) -> None:
    """Else the next run fails, and nobody knows why."""
    hub = opened(crm(vendor))
    (hub.home / FOLDER).write_text("in the way")

    with open_connector(hub, "crm") as connector, pytest.raises(SetupError, match="replaced the refresh token") as told:
        list(connector.pull("owners", None))

    assert vendor.refresh_token not in str(told.value) + told.value.fix
    assert "sign in again" in told.value.fix


def test_a_token_that_stays_needs_no_place(opened: OpenHub, vendor: HubSpotSandbox) -> None:
    """A home that cannot be written is no fault as long as nothing comes to be kept."""
    vendor.rotating = False
    hub = opened(crm(vendor))
    (hub.home / FOLDER).write_text("in the way")

    assert set(synced(hub)) == {None}


def test_google_too_may_replace_a_users_token(tmp_path: Path) -> None:
    """Whatever the vendor, what came is kept."""
    with GoogleFormsSandbox() as google, ExitStack() as stack:
        google.rotating = True
        names = {"client_id": google.client[0], "client_secret": google.client[1]}
        settings = {**google.settings(), **names, "refresh_token": google.refresh_token}
        del settings["service_account"]
        lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in settings.items())
        (tmp_path / "hub.toml").write_text(f'{TOML}\n[sources.form]\nconnector = "google_forms"\n{lines}')
        for _ in range(2):
            hub = stack.enter_context(open_hub(tmp_path))
            with open_connector(hub, "form") as connector:
                assert sum(len(page.records) for page in connector.pull("responses", None)) > 0
        google.refresh_token = "another"
        with open_connector(hub, "form") as connector, pytest.raises(CredentialsError):
            list(connector.pull("responses", None))
