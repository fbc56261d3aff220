"""Which tests apply: a test names what it needs of the stand-in, and is not collected where that is lacking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from connectors.testing.standin import OPTIONAL, StandIn, offered

TestT = TypeVar("TestT", bound=Callable[..., Any])
_NEEDS = "kit_needs"


def needs(*methods: str) -> Callable[[TestT], TestT]:
    """Collect this test only where the stand-in has all of these methods."""
    unknown = set(methods) - OPTIONAL
    if unknown:
        raise TypeError(f"no stand-in has {', '.join(sorted(unknown))}")

    def mark(test: TestT) -> TestT:
        setattr(test, _NEEDS, frozenset(methods))
        return test

    return mark


def leave_out(suite: type, standin: type[StandIn]) -> None:
    """Take the tests out of a suite whose needs are not met."""
    has = offered(standin)
    for name in dir(suite):
        needed: frozenset[str] = getattr(getattr(suite, name), _NEEDS, frozenset())
        is_reading = "add" in needed and "deliver" not in needed and "stale" not in needed
        cannot = (is_reading and standin.only_receives) or ("start" in needed and not standin.speaks_http)
        if name.startswith("test_") and (cannot or not needed <= has):
            setattr(suite, name, None)
