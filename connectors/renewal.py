"""Refresh tokens that a vendor replaces: whoever renews next, in another process too, must do so with the newest.

A vendor may answer a renewal with another refresh token and take the old one for spent (RFC 6749 section 6; RFC 9700
section 4.14.2 asks for it). The hub keeps what came, by a keeper that it hands in (`keeping`); without one a
connector remembers it for itself.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol


class Turn(Protocol):
    """One renewal: nobody else who was given the same refresh token renews meanwhile."""

    newest: str
    """The refresh token to renew with."""

    def replaced(self, token: str) -> None:
        """Keep the refresh token that the answer brought, before anything else is done.

        Raises:
            SetupError: it cannot be kept; the next process would renew with a spent one.
        """


class RefreshTokens(Protocol):
    """Keeps the newest refresh token that came from the one in the settings. Thread-safe."""

    def turn(self, given: str) -> AbstractContextManager[Turn]:
        """Wait for one's turn to renew.

        Args:
            given: the refresh token in the settings. Another one there begins anew: what came from the old is not used.

        Raises:
            TransientError: somebody else has been renewing for too long.
        """


@dataclass(slots=True)
class Remembered:
    """A turn whose token lasts as long as the connector."""

    newest: str

    def replaced(self, token: str) -> None:
        self.newest = token


class OwnTokens:
    """What one connector remembers by itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turns: dict[str, Remembered] = {}

    @contextmanager
    def turn(self, given: str) -> Iterator[Turn]:
        """Give the turn of a refresh token; see `RefreshTokens.turn`."""
        with self._lock:
            yield self._turns.setdefault(given, Remembered(given))


_keeper: ContextVar[RefreshTokens | None] = ContextVar("keeper", default=None)


def refresh_tokens() -> RefreshTokens:
    """Give who keeps the refresh tokens of a connector that is made now."""
    return _keeper.get() or OwnTokens()


@contextmanager
def keeping(keeper: RefreshTokens) -> Iterator[None]:
    """Let connectors that are made in this block keep their refresh tokens with the hub's keeper."""
    before = _keeper.set(keeper)
    try:
        yield
    finally:
        _keeper.reset(before)
