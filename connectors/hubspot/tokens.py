"""The bearer token: fixed for a private app, renewed by the clock for an OAuth app."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.hubspot.answers import Answer

MARGIN = 60.0
"""Seconds before its end that a token is renewed: a call may take that long to arrive."""

TokenCall = Callable[[], Answer]
"""Asks `POST /oauth/v1/token` for a new access token."""


class Bearer(Protocol):
    """Whoever knows the token to send now."""

    def current(self) -> str:
        """Give the token to send, renewed if it is about to end."""

    def renew(self) -> bool:
        """Get a new token after a 401; False: there is no way to get one."""

    def issued(self) -> list[str]:
        """List tokens that were given to us, for taking them out of texts."""


class FixedToken:
    """A private app's token. HubSpot knows no end of it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def current(self) -> str:
        return self._token

    def renew(self) -> bool:
        return False

    def issued(self) -> list[str]:
        return [self._token]


class RenewedToken:
    """An OAuth app's access token, renewed by the clock.

    HubSpot says that a 401 is no valid sign that a token must be renewed, so the clock decides; a 401
    all the same gives one renewal, for a token that was revoked early.
    """

    def __init__(self, ask: TokenCall, clock: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._clock = clock
        self._token = ""
        self._ends = 0.0
        self._lock = threading.Lock()

    def current(self) -> str:
        with self._lock:
            if not self._token or self._clock() >= self._ends:
                self._fetch()
            return self._token

    def renew(self) -> bool:
        with self._lock:
            self._fetch()
        return True

    def issued(self) -> list[str]:
        return [self._token] if self._token else []

    def _fetch(self) -> None:
        asked_at = self._clock()
        answer = self._asked()
        token, seconds = answer.body.get("access_token"), answer.body.get("expires_in")
        if not isinstance(token, str) or not token:
            raise TransientError(f"HubSpot: unexpected answer at {answer.place}, no access_token")
        self._token = token
        self._ends = asked_at + (float(seconds) if isinstance(seconds, (int, float)) else 1800) - MARGIN

    def _asked(self) -> Answer:
        try:
            return self._ask()
        except SetupError as error:
            raise CredentialsError(
                f"{error}: the refresh token was not accepted",
                fix="install the app again and put its refresh_token, client_id and client_secret into hub.toml",
            ) from error
