"""Sending a message to people by an Apprise URL: mail, chat, or any other of its services."""

from __future__ import annotations

import logging
import warnings
from typing import Literal, TypeAlias

from sell_model.errors import SetupError

Tone: TypeAlias = Literal["info", "success", "failure"]


def send(url: str, title: str, body: str, *, setting: str, tone: Tone = "info") -> bool:
    """Send a message; false: it was not taken.

    Args:
        body: plain text.
        setting: where the URL comes from, for the message.

    Raises:
        SetupError: not a URL that Apprise knows.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'imghdr' is deprecated", DeprecationWarning)
        import apprise

        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its lines name the address, which may hold a secret
        service = apprise.Apprise()
        if not service.add(url):
            raise SetupError(
                f"{setting} is not a URL that Apprise knows",
                fix="write it like mailtos://user:password@example.com or json://host/path; put secrets in env:NAME",
            )
        return bool(
            service.notify(
                title=title, body=body, notify_type=apprise.NotifyType(tone), body_format=apprise.NotifyFormat.TEXT
            )
        )


def is_known(url: str) -> bool:
    """Whether Apprise knows a URL; nothing is sent."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'imghdr' is deprecated", DeprecationWarning)
        import apprise

        logging.getLogger("apprise").setLevel(logging.CRITICAL)
        return bool(apprise.Apprise().add(url))
