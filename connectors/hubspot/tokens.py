"""The bearer token: fixed for a private app, renewed by the clock for an OAuth app."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from connectors.clock import monotonic
from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.hubspot.answers import Answer
from connectors.renewal import refresh_tokens

MARGIN = 60.0
"""Seconds before its end that a token is renewed: a call may take that long to arrive."""

TokenCall = Callable[[str], Answer]
"""Asks `POST /oauth/v1/token` for a new access token, by a refresh token."""


class Bearer(Protocol):
    """Whoever knows the token to send now."""

    def current(self) -> str:
        """Give the token to send, renewed if it is about to end."""

    def renew(self, refused: str) -> bool:
        """Get another token after a 401 for this one; False: there is no way to get one."""

    def issued(self) -> list[str]:
        """List tokens that were given to us, for taking them out of texts."""


class FixedToken:
    """A private app's token. HubSpot knows no end of it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def current(self) -> str:
        return self._token

    def renew(self, refused: str) -> bool:
        return False

    def issued(self) -> list[str]:
        return [self._token]


class RenewedToken:
    """An OAuth app's access token, renewed by the clock.

    HubSpot says that a 401 is no valid sign that a token must be renewed, so the clock decides; a 401
    all the same gives one renewal, for a token that was revoked early. Streams that are read at the same
    time share it: who is refused a token that another has renewed meanwhile takes the new one. Where an answer
    brings another refresh token, that one is used from then on, by other processes too (`connectors.renewal`).

    Args:
        ask: asks for an access token.
        given: the refresh token of the settings.
    """

    def __init__(self, ask: TokenCall, given: str, clock: Callable[[], float] = monotonic) -> None:
        self._ask = ask
        self._given = given
        self._kept = refresh_tokens()
        self._clock = clock
        self._token = ""
        self._refresh = given
        self._ends = 0.0
        self._lock = threading.Lock()

    def current(self) -> str:
        with self._lock:
            if not self._token or self._clock() >= self._ends:
                self._fetch()
            return self._token

    def renew(self, refused: str) -> bool:
        with self._lock:
            if self._token == refused:
                self._fetch()
        return True

    def issued(self) -> list[str]:
        return [token for token in (self._token, self._refresh) if token]

    def _fetch(self) -> None:
        with self._kept.turn(self._given) as turn:
            asked_at = self._clock()
            self._refresh = turn.newest
            answer = self._asked()
            if isinstance(refresh := answer.body.get("refresh_token"), str) and refresh not in {"", turn.newest}:
                self._refresh = refresh
                turn.replaced(refresh)
        token, seconds = answer.body.get("access_token"), answer.body.get("expires_in")
        if not isinstance(token, str) or not token:
            raise TransientError(f"HubSpot: unexpected answer at {answer.place}, no access_token")
        self._token = token
        self._ends = asked_at + (float(seconds) if isinstance(seconds, (int, float)) else 1800) - MARGIN

    def _asked(self) -> Answer:
        try:
            return self._ask(self._refresh)
        except SetupError as error:
            raise CredentialsError(
                f"{error}: the refresh token was not accepted",
                fix="install the app again and put its refresh_token, client_id and client_secret into hub.toml",
            ) from error
