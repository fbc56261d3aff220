"""Refresh tokens in files: what may lie there, and what reaches a person when it is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.catalogue import check_source
from hub.kept_tokens import FOLDER, KeptTokens
from sandbox.hubspot.standin import HubSpotSandbox
from tests.conftest import OpenHub
from tests.console import Shell
from tests.hub.test_refresh_tokens import crm, synced


@pytest.fixture
def vendor() -> Iterator[HubSpotSandbox]:
    """An account whose refresh tokens are good once."""
    with HubSpotSandbox() as sandbox:
        sandbox.rotating = True
        yield sandbox


def kept(home: Path) -> Path:
    """The one token that is kept."""
    (path,) = [path for path in (home / FOLDER).iterdir() if path.name != ".gitignore" and not path.suffix]
    return path


@pytest.mark.parametrize("token", ["a b", " ends with a space ", "ü", "x" * 10_000])
def test_a_token_comes_back_as_it_was_given(tmp_path: Path, token: str) -> None:
    """To the letter, in another process as in this one."""
    with KeptTokens(tmp_path).turn("given") as turn:
        turn.replaced(token)
        assert turn.newest == token
    with KeptTokens(tmp_path).turn("given") as turn:
        assert turn.newest == token


def test_a_file_that_is_no_text_is_told_without_what_is_in_it(opened: OpenHub, vendor: HubSpotSandbox) -> None:
    """Such as after a disk's fault: there is a way out, and no part of a secret in sight."""
    hub = opened(crm(vendor))
    synced(hub)
    kept(hub.home).write_bytes(b"secret-part-\xff\xfe")

    (error,) = {*synced(hub)}

    assert error is not None
    assert "refresh token" in error
    assert "secret-part" not in error


@pytest.mark.parametrize("content", ["", "\n"])
def test_an_empty_file_is_none(opened: OpenHub, vendor: HubSpotSandbox, content: str) -> None:
    """The token of the settings is asked with: it may do."""
    vendor.rotating = False
    hub = opened(crm(vendor))
    with KeptTokens(hub.home).turn(vendor.refresh_token) as turn:
        turn.replaced("x")
    kept(hub.home).write_text(content)
    assert set(synced(hub)) == {None}


def test_a_link_in_the_way_of_the_new_file_is_not_followed(tmp_path: Path) -> None:
    """The token is written where it belongs or nowhere."""
    with KeptTokens(tmp_path).turn("given") as turn:
        turn.replaced("one")
    other = tmp_path / "other"
    other.write_text("somebody's")
    path = kept(tmp_path)
    path.with_suffix(".new").symlink_to(other)
    with KeptTokens(tmp_path).turn("given") as turn:
        turn.replaced("two")
    assert other.read_text() == "somebody's"
    with KeptTokens(tmp_path).turn("given") as turn:
        assert turn.newest == "two"


def test_what_is_left_of_a_kill_is_not_read_by_others(tmp_path: Path) -> None:
    """A file half written, with rights of its own, is made anew for its owner alone."""
    with KeptTokens(tmp_path).turn("given") as turn:
        turn.replaced("one")
    half = kept(tmp_path).with_suffix(".new")
    half.write_text("half a tok")
    half.chmod(0o644)
    with KeptTokens(tmp_path).turn("given") as turn:
        turn.replaced("two")
    assert kept(tmp_path).stat().st_mode & 0o077 == 0


def test_no_token_is_in_what_a_failing_renewal_tells(
    opened: OpenHub,
    vendor: HubSpotSandbox,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither on the screen nor in the log nor in the database, in any command."""
    caplog.set_level(0)
    hub = opened(crm(vendor))
    synced(hub)
    secret = kept(hub.home).read_text()
    vendor.refresh_token = "taken back"
    told = repr(synced(hub)) + repr(check_source(hub, "crm"))
    shell = Shell(hub.home, capsys)
    monkeypatch.setenv("SELLHUB_HOME", str(hub.home))
    for words in ("sync crm", "connector list", "connector check crm", "run list", "db check"):
        result = shell(*words.split())
        told += result.out + result.err
    assert "not accepted" in told
    assert secret not in told + caplog.text
    assert not [path for path in hub.home.glob("hub.db*") if secret.encode() in path.read_bytes()]
