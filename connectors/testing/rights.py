"""Credentials and rights: what is missing is said, by whom it can be given; and no secret is ever shown."""

from __future__ import annotations

import logging
import math

import pytest
from pydantic import ValidationError

from connectors.errors import ConnectorError, CredentialsError, SetupError, TransientError
from connectors.testing.applicable import needs
from connectors.testing.bench import Attempt, Bench
from connectors.testing.faults import PASSING
from connectors.testing.standin import offered

MOST_CALLS_REFUSED = 4
"""A refusal is final: so many calls at most are made before it is believed, renewal included."""


class Rights:
    """What holds of who we are and what we may."""

    def test_check_of_a_good_source_is_good(self, bench: Bench) -> None:
        """All that was tried holds, and each check says what was tried."""
        with bench.connect() as connector:
            checks = connector.check()

        assert checks
        assert [(check.name, check.text) for check in checks if not check.ok] == []
        assert all(check.name and check.text for check in checks)

    @needs("add", "revoke")
    def test_credentials_that_are_refused_are_said(self, bench: Bench) -> None:
        """By the check, by a read, and in the middle of one: an error of credentials, at once, with the way out."""
        bench.truth.add(bench.standin.page * 3)
        attempt = bench.read(between=lambda number: bench.standin.revoke() if number == 1 else None)
        assert attempt.pages >= 1
        if bench.standin.speaks_http:  # else whoever is signed in may stay so
            assert isinstance(attempt.error, CredentialsError)
            assert attempt.error.fix
        calls = len(bench.vendor.calls) if bench.proxy else 0

        at_once = bench.read()

        assert isinstance(at_once.error, CredentialsError)
        assert at_once.error.fix
        assert bench.proxy is None or len(bench.vendor.calls) - calls <= MOST_CALLS_REFUSED
        with bench.connect() as connector:
            try:
                told = [check.fix for check in connector.check() if not check.ok]
            except CredentialsError as error:
                told = [error.fix]
        assert told
        assert all(told)

    @needs("add", "expire_token")
    def test_a_token_that_grew_old_is_renewed(self, bench: Bench) -> None:
        """In the middle of a read, without a fault."""
        bench.truth.add(bench.standin.page * 3)

        attempt = bench.read(between=lambda _: bench.standin.expire_token())

        assert attempt.error is None
        assert bench.truth.faults(attempt.known) == {}

    @needs("add", "expire_cursor")
    def test_a_cursor_that_the_vendor_forgot_loses_nobody(self, bench: Bench) -> None:
        """In the middle of a read, and after it: what it stood for is read anew, or the way out is told."""
        bench.truth.add(bench.standin.page * 3)
        begun = bench.read_some()
        bench.standin.expire_cursor()
        self._goes_on(bench, begun)

        whole = bench.read()
        bench.truth.add(1)
        bench.standin.expire_cursor()
        self._goes_on(bench, whole)

    @staticmethod
    def _goes_on(bench: Bench, attempt: Attempt) -> None:
        attempt = bench.read(attempt.cursor, attempt.known)
        if isinstance(attempt.error, TransientError):
            attempt = bench.read_on(attempt)
        if attempt.error is None:
            assert bench.truth.faults(attempt.known) == {}
        else:
            assert "--full" in attempt.error.fix

    @needs("add", "refuse_rights")
    def test_a_missing_right_is_said_with_the_right_to_ask_for(self, bench: Bench) -> None:
        """The check names it, and a read is not taken for an empty account."""
        bench.truth.add(2)
        bench.standin.refuse_rights()

        attempt = bench.read()
        with bench.connect() as connector:
            try:
                told = [check.fix for check in connector.check() if not check.ok]
            except SetupError as error:
                told = [error.fix]

        assert isinstance(attempt.error, SetupError)
        assert attempt.error.fix
        assert told
        assert all(told)

    def test_no_secret_is_shown(self, bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
        """Not in logs of any level, ours or a library's, not in errors, settings or addresses."""
        caplog.set_level(logging.DEBUG)
        if "add" in offered(type(bench.standin)):
            bench.truth.add(bench.standin.page + 1)
        shown: list[str] = []
        with bench.connect() as connector:
            shown += [repr(connector), repr(connector.config), str(connector.config)]
            shown += [repr(check) for check in connector.check()]
            shown += [repr(page) for page in connector.pull(bench.standin.stream, None)]
            shown += [repr(field) for field in connector.discover(bench.standin.stream)]
        if bench.proxy is not None:
            for fault in PASSING.values():
                bench.vendor.spoil(fault, times=math.inf)
                shown.append(_told(bench.read().error))
            bench.vendor.spoil(PASSING["500"], times=0)
            shown += [f"{call.path}?{call.query}" for call in bench.vendor.calls]
        if "revoke" in offered(type(bench.standin)):
            bench.standin.revoke()
            shown.append(_told(bench.read().error))

        everything = "\n".join([*shown, caplog.text])

        assert [secret for secret in bench.standin.secrets() if secret in everything] == []

    def test_a_wrong_setting_does_not_show_the_others(self, bench: Bench) -> None:
        """Errors of pydantic quote what was given."""
        given = bench.settings(kit_no_such_setting=True)
        wrong = {name: {"a": value} if value in bench.standin.secrets() else value for name, value in given.items()}

        for settings in (given, wrong):
            if settings == wrong == given:
                continue
            with pytest.raises(ValidationError) as caught:
                bench.connector.Config.model_validate(settings)
            assert [secret for secret in bench.standin.secrets() if secret in str(caught.value)] == []


def _told(error: ConnectorError | None) -> str:
    """All that could be written of an error and what caused it."""
    told = ""
    cause: BaseException | None = error
    while cause is not None:
        told += f"{cause!r} {cause} {getattr(cause, 'fix', '')}\n"
        cause = None if cause.__suppress_context__ and cause.__cause__ is None else cause.__cause__ or cause.__context__
    return told
