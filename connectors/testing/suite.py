"""The suite: all parts in one class, cut to what the vendor can do, with a bench for each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, ClassVar

import pytest

from connectors import clock
from connectors.connector import Connector
from connectors.testing.applicable import leave_out
from connectors.testing.bench import Bench, keep_inside, running
from connectors.testing.drift import Drift
from connectors.testing.extremes import Extremes
from connectors.testing.fields import Fields
from connectors.testing.reading import Reading
from connectors.testing.receiving import Receiving
from connectors.testing.rights import Rights
from connectors.testing.standin import StandIn
from connectors.testing.trouble import Trouble


class Suite:
    """What tests of the kit need: a bench for each, and a stand-in that runs for all of a class.

    Waiting costs no time: `connectors.clock` is moved on. No other machine can be looked up.

    Attributes:
        connector: the class that is tested.
        standin: the vendor, as the kit works it.
    """

    connector: ClassVar[type[Connector[Any]]]
    standin: ClassVar[type[StandIn]]
    _bench: ClassVar[Bench]
    _stack: ClassVar[ExitStack]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "standin" in cls.__dict__:
            leave_out(cls, cls.standin)

    @classmethod
    def setup_class(cls) -> None:
        """Start the stand-in: once, since starting takes longer than most tests."""
        cls._bench, cls._stack = running(cls.connector, cls.standin)

    @classmethod
    def teardown_class(cls) -> None:
        """Stop it."""
        cls._stack.close()

    @pytest.fixture
    def bench(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
        """Give the bench, with an account in which nobody is."""
        bench = self._bench
        bench.reset()
        keep_inside(monkeypatch, bench.outside)
        with clock.skipping():
            yield bench


class ConformanceSuite(Reading, Drift, Trouble, Rights, Fields, Extremes, Receiving, Suite):
    """Every test that a connector must pass. Derive from it, and name the two that are to be tried together.

    Attributes:
        connector: the class that is tested.
        standin: the vendor, as the kit works it.
    """
