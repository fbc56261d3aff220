"""The kit itself: a connector that is wrong in one way fails by the test for it, and no stand-in keeps silent."""

# mypy: disable-error-code="misc"
# The example is loaded when this runs, so that what derives from it has no type.

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests
from _pytest.outcomes import Failed

from connectors import clock
from connectors.connector import Connector, Cursor, Delivery, Page, Request, SourceRecord
from connectors.errors import ConnectorError, CredentialsError, SetupError, TransientError
from connectors.testing import ConformanceSuite, StandIn
from connectors.testing.bench import Bench, running
from connectors.testing.standin import offered

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "sellhub-acme"


def _example() -> tuple[Any, Any]:
    """The example's connector and its stand-in; its folder `tests` is not ours."""
    sys.path.insert(0, str(EXAMPLE))
    try:
        connector = importlib.import_module("sellhub_acme.connector")
        spec = importlib.util.spec_from_file_location("sellhub_acme_standin", EXAMPLE / "tests" / "standin.py")
        assert spec is not None
        assert spec.loader is not None
        standin = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(standin)
    finally:
        sys.path.remove(str(EXAMPLE))
    return connector, standin


ACME, STANDIN = _example()
Acme: Any = ACME.Acme


class Impatient(Acme):
    """Takes the first page for all there is."""

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        yield next(super().pull(stream, cursor))


class Hasty(Acme):
    """Gives each page the cursor of the one behind it."""

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        pages = list(super().pull(stream, cursor))
        for page, behind in zip(pages, [*pages[1:], pages[-1]], strict=True):
            yield Page(page.records, behind.cursor)


class Forgetful(Acme):
    """Begins anew at each run what it does not read to its end."""

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        yield from (Page(page.records, None) for page in super().pull(stream, cursor))


class Greedy(Acme):
    """Reads everything before it gives anything."""

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        yield from list(super().pull(stream, cursor))


class Trusting(Acme):
    """Takes whatever it cannot read for the end."""

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        with suppress(TransientError):
            yield from super().pull(stream, cursor)


class Blind(Acme):
    """Takes those who left for those who stay."""

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        for page in super().pull(stream, cursor):
            yield Page([SourceRecord(each.id, each.data, each.changed_at) for each in page.records], page.cursor)


class Moody(Acme):
    """Writes into a record how it was read."""

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        for page in super().pull(stream, None):
            for record in page.records:
                record.data["read"] = "anew" if cursor is None else "again"
            yield page


class Deaf(Acme):
    """Takes missing rights for an empty account."""

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        try:
            yield from super().pull(stream, cursor)
        except CredentialsError:
            raise
        except SetupError:
            yield Page([], cursor or {"after": None})


class Stubborn(Acme):
    """Takes credentials that are refused for a fault that passes."""

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        try:
            yield from super().pull(stream, cursor)
        except CredentialsError as error:
            raise TransientError(str(error)) from error


class Curt(Acme):
    """Does not say what to do."""

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        try:
            yield from super().pull(stream, cursor)
        except ConnectorError as error:
            error.fix = ""
            raise


class Chatty(Acme):
    """Logs whom it is."""

    def check(self) -> Any:
        logging.getLogger("acme").debug("token %s", self.config.token.get_secret_value())
        return super().check()


class Careless(Acme):
    """Sends its secret in the address."""

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        self._api.get("/v1/me", {"token": self.config.token.get_secret_value()})
        yield from super().pull(stream, cursor)


class Uncounted(Acme):
    """Does not count its calls."""

    def _count(self) -> None:
        return


class Rushing(Acme):
    """Calls again at once, whatever it was told."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        for adapter in self._api._session.adapters.values():
            adapter._judge = _at_once


def _at_once(response: requests.Response) -> Any:
    again = ACME.AcmeApi.__init__.__globals__["judge"](response)
    return type(again)(again.text, 0.0) if again else None


class Gullible(Acme):
    """Believes whoever says something."""

    def receive(self, request: Request) -> Delivery:
        request = Request(request.method, request.url, _signed_anew(request), request.body, request.received_at)
        delivery: Delivery = super().receive(request)
        return delivery


def _signed_anew(request: Request) -> Any:
    return STANDIN.AcmeAccount._sent(request.body, request.received_at.timestamp(), STANDIN.SECRET).headers


class Untyped(Acme):
    """Gives ids as the vendor's numbers would be."""

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        for page in super().pull(stream, cursor):
            yield Page([SourceRecord("", each.data) for each in page.records], page.cursor)


WRONG: list[tuple[type[Connector[Any]], str, tuple[Any, ...]]] = [
    (Impatient, "test_everybody_is_read", ()),
    (Untyped, "test_everybody_is_read", ()),
    (Hasty, "test_reading_goes_on_from_every_cursor", ()),
    (Forgetful, "test_everybody_is_read", ()),
    (Greedy, "test_pages_come_as_they_are_read", ()),
    (Trusting, "test_a_fault_that_stays_is_never_a_short_read", ("HTML",)),
    (Trusting, "test_a_fault_that_stays_is_never_a_short_read", ("cut body",)),
    (Blind, "test_who_was_deleted_is_gone", ()),
    (Blind, "test_who_was_merged_names_the_winner", ()),
    (Blind, "test_drift_while_reading_loses_nobody", (1,)),
    (Moody, "test_a_record_is_the_same_however_it_is_read", ()),
    (Deaf, "test_a_missing_right_is_said_with_the_right_to_ask_for", ()),
    (Stubborn, "test_credentials_that_are_refused_are_said", ()),
    (Curt, "test_a_fault_that_stays_is_never_a_short_read", ("429",)),
    (Curt, "test_credentials_that_are_refused_are_said", ()),
    (Uncounted, "test_every_call_is_counted", ()),
    (Rushing, "test_a_wait_that_was_asked_for_is_kept", (429,)),
    (Gullible, "test_a_delivery_that_proves_nothing_is_refused", ()),
    (Gullible, "test_an_old_delivery_is_refused", ()),
]


@pytest.fixture
def suite() -> ConformanceSuite:
    """The suite as the example has it."""

    class Suite(ConformanceSuite):
        connector, standin = Acme, STANDIN.AcmeAccount

    return Suite()


def bench_of(connector: type[Connector[Any]]) -> Iterator[Bench]:
    """A bench for a connector, with an empty account."""
    bench, stack = running(connector, STANDIN.AcmeAccount)
    with stack, clock.skipping():
        bench.reset()
        yield bench


@pytest.mark.parametrize(
    ("connector", "test", "given"), WRONG, ids=lambda value: getattr(value, "__name__", str(value))
)
def test_what_is_wrong_is_found(
    suite: ConformanceSuite, connector: type[Connector[Any]], test: str, given: tuple[Any, ...]
) -> None:
    """By the test that is there for it; and the connector that it was made of passes."""
    for bench in bench_of(Acme):
        getattr(suite, test)(bench, *given)

    for bench in bench_of(connector):
        with pytest.raises((AssertionError, Failed)):
            getattr(suite, test)(bench, *given)


@pytest.mark.parametrize("connector", [Chatty, Careless])
def test_a_secret_that_is_shown_is_found(
    suite: ConformanceSuite, connector: type[Connector[Any]], caplog: pytest.LogCaptureFixture
) -> None:
    """In a log, or in an address."""
    for bench in bench_of(Acme):
        suite.test_no_secret_is_shown(bench, caplog)

    for bench in bench_of(connector):
        with pytest.raises(AssertionError, match=STANDIN.TOKEN):
            suite.test_no_secret_is_shown(bench, caplog)


class Silent(STANDIN.AcmeAccount):  # type: ignore[name-defined]
    """Says nothing of what it lacks."""

    lacks: ClassVar[dict[str, str]] = {}


class Contradictory(STANDIN.AcmeAccount):  # type: ignore[name-defined]
    """Has what it says to lack."""

    lacks: ClassVar[dict[str, str]] = {"expire_token": "no", "delete": "no"}

    def delete(self, id_: str) -> None:
        """Delete."""


class Unreasonable(STANDIN.AcmeAccount):  # type: ignore[name-defined]
    """Gives no reason."""

    lacks: ClassVar[dict[str, str]] = {"expire_token": " "}


@pytest.mark.parametrize(
    ("standin", "said"),
    [
        (Silent, "expire_token is neither"),
        (Contradictory, "delete is overridden and"),
        (Unreasonable, "expire_token has no reason"),
    ],
)
def test_a_stand_in_says_what_it_lacks_and_why(standin: type[StandIn], said: str) -> None:
    """When the suite is made, before any test runs."""
    with pytest.raises(TypeError, match=said):
        type("TestIt", (ConformanceSuite,), {"connector": Acme, "standin": standin})


class Unmergeable(STANDIN.AcmeAccount):  # type: ignore[name-defined]
    """A variant that lacks what the class has that it derives from."""

    lacks: ClassVar[dict[str, str]] = {"expire_token": "a token does not end", "merge": "of another edition"}


def test_what_is_lacking_is_not_collected() -> None:
    """Neither skipped nor expected to fail: it is not there."""
    suite = type("TestIt", (ConformanceSuite,), {"connector": Acme, "standin": Unmergeable})

    assert "merge" not in offered(Unmergeable)
    assert getattr(suite, "test_who_was_merged_names_the_winner") is None  # noqa: B009
    assert getattr(suite, "test_who_was_deleted_is_gone") is not None  # noqa: B009
