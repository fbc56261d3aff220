"""What Wufoo answers when it does not answer: limits, proxies, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from starlette.responses import JSONResponse

from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.wufoo.connector import Wufoo, WufooConfig
from sandbox.vendor import Fault, cut_body, hang_up, html, status
from sandbox.wufoo import DEMO, WufooSandbox

KEY = "ANOTHER-MADE-UP-KEY"


@pytest.fixture(scope="module")
def running() -> Iterator[WufooSandbox]:
    """One server for all tests here."""
    with WufooSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: WufooSandbox) -> WufooSandbox:
    """A running stand-in with its seeded forms."""
    running.reset()
    return running


def read(vendor: WufooSandbox, **settings: Any) -> int:
    """Read one form to the end; gives how many records came."""
    values = {"calls_per_second": 1e6, **vendor.settings(), "forms": [DEMO], **settings}
    with Wufoo(WufooConfig.model_validate(values)) as wufoo:
        return sum(len(page.records) for page in wufoo.pull("entries", None))


@pytest.mark.parametrize(
    "fault",
    [status(429, body="Slow Down"), status(429, retry_after=0.1), status(503), html(200), cut_body, hang_up],
    ids=["429", "429 Retry-After", "503", "HTML", "cut body", "reset"],
)
def test_a_passing_fault_costs_a_call_and_nothing_else(vendor: WufooSandbox, fault: Fault) -> None:
    """Tried again within the run."""
    vendor.faults.add(fault, at="/entries")

    with vendor.counting() as calls:
        assert read(vendor) == len(vendor.entries[DEMO])

    assert len(calls) == 5


def test_a_long_rest_asked_for_ends_the_run(vendor: WufooSandbox) -> None:
    """The scheduler is told for how long."""
    vendor.faults.add(status(429, retry_after=3600), at="/entries")

    with pytest.raises(TransientError) as caught:
        read(vendor)

    assert caught.value.retry_after == 3600


@pytest.mark.parametrize("http_too", [True, False])
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (401, CredentialsError),
        (403, SetupError),
        (404, SetupError),
        (400, SetupError),
        (405, SetupError),
        (500, TransientError),
    ],
)
def test_a_refusal_is_final_and_told_by_its_code(
    vendor: WufooSandbox, code: int, kind: type[Exception], http_too: bool
) -> None:
    """Its text may quote what was sent and is left out."""
    vendor.http_too = http_too
    vendor.faults.add(lambda _: vendor.error(code, "about ann@example.com"), at="/entries")

    with vendor.counting() as calls, pytest.raises(kind, match=str(code)) as caught:
        read(vendor)

    assert len(calls) == 2
    assert "ann@example.com" not in str(caught.value)


def test_a_key_revoked_in_mid_read_is_an_error_of_credentials(vendor: WufooSandbox) -> None:
    """What was read until then has its cursor."""
    config = WufooConfig.model_validate({**vendor.settings(), "calls_per_second": 1e6, "page_size": 3})
    with Wufoo(config) as wufoo:
        pages = wufoo.pull("entries", None)
        assert next(pages).cursor is not None
        vendor.token = KEY
        with pytest.raises(CredentialsError):
            list(pages)


def test_a_wrong_key_is_told_without_showing_it(vendor: WufooSandbox) -> None:
    """Neither the error nor the settings show a key; `check` raises it too, for the exit code."""
    config = WufooConfig(base_url=vendor.base_url, token=SecretStr(KEY), secret=SecretStr(KEY))
    with pytest.raises(CredentialsError) as caught, Wufoo(config) as wufoo:
        wufoo.check()

    assert KEY not in f"{caught.value!r}{caught.value.fix}{config!r}"


def test_a_wrong_setting_does_not_print_the_others() -> None:
    """A validation error quotes its input elsewhere."""
    with pytest.raises(ValidationError) as caught:
        WufooConfig.model_validate({"token": {"key": KEY}, "fomrs": KEY})

    assert KEY not in str(caught.value)


@pytest.mark.parametrize("body", [{}, {"Entries": None}, {"Entries": [1]}])
def test_an_answer_without_entries_is_no_empty_form(vendor: WufooSandbox, body: dict[str, Any]) -> None:
    """An answer that says nothing is a fault that may pass."""
    vendor.faults.add(lambda _: JSONResponse(body), at="/entries")

    with pytest.raises(TransientError):
        read(vendor)


@pytest.mark.parametrize("what", ["heeds_filter", "heeds_order"])
def test_a_vendor_that_heeds_neither_filter_nor_order_is_an_error(vendor: WufooSandbox, what: str) -> None:
    """Then nothing proves that nobody was left out; and the read would never end."""
    setattr(vendor, what, False)

    with pytest.raises(TransientError, match="order of their ids"):
        read(vendor, page_size=2)


def test_more_forms_than_can_be_listed_must_be_named(vendor: WufooSandbox) -> None:
    """The list has a thousand, and no second page."""
    rows = [{"Hash": f"f{number}", "Name": ""} for number in range(1000)]
    vendor.faults.add(lambda _: JSONResponse({"Forms": rows}), at="/forms.json", times=2)

    with pytest.raises(SetupError, match="cannot be listed"):
        read(vendor, forms=None)

    assert read(vendor) == len(vendor.entries[DEMO])


@pytest.mark.parametrize("base_url", ["http://api.example.com", "example.wufoo.com", "ftp://127.0.0.1"])
def test_a_base_url_that_is_none_or_unencrypted_is_refused(vendor: WufooSandbox, base_url: str) -> None:
    """The key would travel in the clear."""
    with pytest.raises(SetupError, match="base_url"):
        read(vendor, base_url=base_url)


def test_a_base_url_where_nobody_listens_is_said(vendor: WufooSandbox) -> None:
    """As any other failing connection, after its retries."""
    with WufooSandbox() as other:
        address = other.base_url

    with pytest.raises(TransientError, match="no answer"):
        read(vendor, base_url=address)
