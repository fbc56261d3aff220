"""Trouble: limits, tired vendors, broken connections. A read is whole, or it is an error with a way out."""

from __future__ import annotations

import math
from typing import Any

import pytest

from connectors.errors import ConnectorError, SetupError, TransientError
from connectors.testing.applicable import needs
from connectors.testing.bench import Attempt, Bench
from connectors.testing.faults import A_WHILE, AGAIN, AN_HOUR, PASSING, redirect, refuse
from connectors.testing.proxy import Proxy


class Trouble:
    """What holds whatever the network answers."""

    @needs("start", "add")
    @pytest.mark.parametrize("fault", PASSING)
    def test_a_fault_costs_a_call_or_a_run_and_nobody(self, bench: Bench, fault: str) -> None:
        """At any call: made again at once where that is right; else an error, and the next run makes the read whole."""
        bench.truth.add(bench.standin.page * 2 + 1)
        for at in self._places(bench):
            bench.vendor.spoil(PASSING[fault], at=at)
            attempt = bench.read()
            if attempt.error is not None:
                assert fault not in AGAIN, f"{fault} at call {at + 1} ended the run: {attempt.error}"
                assert isinstance(attempt.error, TransientError)
                attempt = bench.read_on(attempt)
            assert bench.truth.faults(attempt.known) == {}, f"{fault} at call {at + 1}"

    @needs("start", "add")
    @pytest.mark.parametrize("fault", PASSING)
    def test_a_fault_that_stays_is_never_a_short_read(self, bench: Bench, fault: str) -> None:
        """Half of the calls are answered, and then none any more."""
        bench.truth.add(bench.standin.page * 2 + 1)
        places = self._places(bench)

        bench.vendor.spoil(PASSING[fault], at=places[1], times=math.inf)
        attempt = bench.read()

        assert isinstance(attempt.error, ConnectorError)
        assert attempt.error.fix, f"no way out is told: {attempt.error}"
        bench.vendor.reset()
        assert bench.truth.faults(bench.read_on(attempt).known) == {}

    @staticmethod
    def _places(bench: Bench) -> list[int]:
        """Which calls to spoil: the first, the one in the middle, the last."""
        bench.read()
        count = len(bench.vendor.calls)
        bench.vendor.reset()
        return sorted({0, count // 2, count - 1})

    @needs("start", "add")
    @pytest.mark.parametrize("status", [429, 503])
    def test_a_wait_that_was_asked_for_is_kept(self, bench: Bench, status: int) -> None:
        """And the read goes on: nobody is called before the time is over."""
        bench.truth.add(2)
        bench.vendor.spoil(refuse(status, A_WHILE))

        attempt = bench.read()

        spoiled, after = bench.vendor.calls[:2]
        assert attempt.error is None
        assert bench.truth.faults(attempt.known) == {}
        assert after.at - spoiled.at >= A_WHILE

    @needs("start", "add")
    def test_too_many_calls_without_a_word_are_called_less(self, bench: Bench) -> None:
        """429 and no Retry-After: the call is made again, not at once, and is no failure."""
        bench.truth.add(2)
        bench.vendor.spoil(refuse(429), times=2)

        attempt = bench.read()

        first, second, third = bench.vendor.calls[:3]
        assert attempt.error is None
        assert second.at - first.at > 0.05
        assert third.at - second.at > 0.05

    @needs("start", "add")
    def test_an_hours_wait_ends_the_run_or_is_kept(self, bench: Bench) -> None:
        """The run is over and says for how long, or nobody is called within the hour."""
        bench.truth.add(2)
        bench.vendor.spoil(refuse(429, AN_HOUR))

        attempt = bench.read()

        if attempt.error is None:
            spoiled, after = bench.vendor.calls[:2]
            assert after.at - spoiled.at >= AN_HOUR
        else:
            assert isinstance(attempt.error, TransientError)
            assert attempt.error.retry_after == AN_HOUR
            assert len(bench.vendor.calls) == 1

    @needs("start", "add")
    def test_a_redirect_is_not_followed(self, bench: Bench) -> None:
        """It could lead anywhere, and the credentials would go along."""
        bench.truth.add(1)
        with Proxy(bench.vendor.behind) as elsewhere:
            bench.vendor.spoil(redirect(f"{elsewhere.base_url}/"), times=math.inf)
            attempt = bench.read()

            assert elsewhere.calls == []
        assert isinstance(attempt.error, SetupError)
        assert attempt.error.fix

    @needs("start")
    @pytest.mark.parametrize("ending", ["", "/"])
    def test_base_url_alone_leads_to_any_host(self, bench: Bench, ending: str) -> None:
        """Every call goes there, also those of an SDK that knows better."""
        with bench.connect(base_url=bench.vendor.base_url + ending) as connector:
            checks = connector.check()
            list(connector.pull(bench.standin.stream, None))

        assert [check.text for check in checks if not check.ok] == []
        assert bench.vendor.calls
        assert bench.outside == []

    @needs("start")
    @pytest.mark.parametrize("base_url", ["http://api.example.com", "api.example.com", "ftp://127.0.0.1"])
    def test_a_base_url_that_is_none_or_unencrypted_is_refused(self, bench: Bench, base_url: str) -> None:
        """The credentials would travel in the clear."""
        error = self._failure(bench, base_url=base_url)

        assert isinstance(error, SetupError)
        assert "base_url" in str(error)
        assert error.fix
        assert bench.outside == []

    @needs("start")
    def test_a_host_where_nobody_listens_is_said(self, bench: Bench) -> None:
        """It may be there again later."""
        with Proxy(bench.vendor.behind) as other:
            address = other.base_url

        error = self._failure(bench, base_url=address)

        assert isinstance(error, TransientError)
        assert error.fix

    @staticmethod
    def _failure(bench: Bench, **settings: Any) -> ConnectorError:
        def read() -> Attempt:
            with bench.connect(**settings) as connector:
                list(connector.pull(bench.standin.stream, None))
            raise AssertionError("it was read")

        with pytest.raises(ConnectorError) as caught:
            read()
        return caught.value
