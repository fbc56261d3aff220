"""Capture forms: their pages are shown, what people send by them is kept; a sync takes it from there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from connectors.connector import Request
from connectors.form.connector import Form
from hub.intake import Accepted, counted, keep, receiver
from hub.opening import Hub
from sell_model.errors import SetupError
from storage.inbox import Inbox

DOOR = "forms"
KEY_FILE = "form.key"
"""In the hub's home: what pages are signed with, where the settings name no secret."""


@contextmanager
def form_of(hub: Hub, source: str) -> Iterator[Form]:
    """Open the form of a source.

    Raises:
        RefusedRequest: 404, there is no form of that name.
        SetupError: the source is not set up.
    """
    with receiver(hub, source, DOOR, secret=form_key(hub.home)) as connector:
        yield cast(Form, connector)


def submit(hub: Hub, source: str, request: Request, inbox: Inbox) -> Accepted:
    """Keep what somebody sent by a form; what is refused is counted, and nothing of it is kept.

    Raises:
        RefusedForm: answers are missing or wrong, the page is too old, or a machine sent it.
        RefusedRequest: 404, there is no form of that name; it is no form; it was refused as no sync could store it.
        SetupError: the source is not set up.
        TransientError: the inbox stayed locked.
    """
    with form_of(hub, source) as form, counted(inbox, source, request):
        return keep(inbox, source, form.receive(request), request)


def form_key(home: Path) -> str:
    """Give the key that pages are signed with, made when it is not there; two processes make one.

    Raises:
        SetupError: it cannot be read or written.
    """
    path = home / KEY_FILE
    try:
        if not path.exists():
            _make_key(path)
        return path.read_text(encoding="ascii").strip()
    except OSError as error:
        raise SetupError(
            f"{path} cannot be read or made: {error.strerror}", fix="check the folder's rights, or set `secret`"
        ) from error


def _make_key(path: Path) -> None:
    """Write a key beside and put it in its place whole, unless another process was first."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    file = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(file, "w", encoding="ascii") as open_file:
            open_file.write(secrets.token_hex(32))
        os.link(beside, path)
    except FileExistsError:
        return
    finally:
        beside.unlink(missing_ok=True)
