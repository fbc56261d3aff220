"""What Jotform answers when it does not answer: limits, proxies, refusals in either status."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from starlette.responses import JSONResponse

from connectors.errors import CredentialsError, QuotaError, SetupError, TransientError
from connectors.jotform.connector import Jotform, JotformConfig
from sandbox.jotform import QUOTE, VISIT, JotformSandbox
from sandbox.vendor import Fault, cut_body, hang_up, html, status

KEY = "another-made-up-jotform-key"


@pytest.fixture(scope="module")
def running() -> Iterator[JotformSandbox]:
    """One server for all tests here."""
    with JotformSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: JotformSandbox) -> JotformSandbox:
    """A running stand-in with its seeded forms."""
    running.reset()
    return running


def read(vendor: JotformSandbox, **settings: Any) -> int:
    """Read the smaller form to the end; gives how many records came."""
    config = JotformConfig.model_validate({**vendor.settings(), "forms": [VISIT], **settings})
    with Jotform(config) as jotform:
        return sum(len(page.records) for page in jotform.pull("submissions", None))


def inside(code: int) -> Fault:
    """An error whose status stands in the envelope alone."""
    return lambda _: JSONResponse({"responseCode": code, "message": "about ann@example.com", "content": ""})


@pytest.mark.parametrize(
    "fault",
    [status(429), status(429, retry_after=0.1), status(502), inside(503), inside(429), html(200), cut_body, hang_up],
    ids=["429", "429 Retry-After", "502", "503 inside", "429 inside", "HTML", "cut body", "reset"],
)
def test_a_passing_fault_costs_a_call_and_nothing_else(vendor: JotformSandbox, fault: Fault) -> None:
    """Tried again within the run."""
    vendor.faults.add(fault, at="/submissions")

    with vendor.counting() as calls:
        assert read(vendor) == len(vendor.submissions[VISIT])

    assert len(calls) == 3


def test_a_long_rest_asked_for_ends_the_run(vendor: JotformSandbox) -> None:
    """The scheduler is told for how long."""
    vendor.faults.add(status(429, retry_after=3600), at="/submissions")

    with pytest.raises(TransientError) as caught:
        read(vendor)

    assert caught.value.retry_after == 3600


@pytest.mark.parametrize("http_too", [True, False])
def test_a_used_up_day_ends_the_run_at_once(vendor: JotformSandbox, http_too: bool) -> None:
    """Whether by 429 or by what the envelope says; more calls would only be refused too."""
    vendor.http_too, vendor.left = http_too, 1

    with vendor.counting() as calls, pytest.raises(QuotaError) as caught:
        read(vendor)

    assert len(calls) <= 2
    assert "forms" in caught.value.fix


def test_two_of_us_together_leave_the_others_half_alone(vendor: JotformSandbox) -> None:
    """By what the vendor says is left; stopping for it is no success."""
    vendor.left = 10

    with vendor.counting() as calls, pytest.raises(QuotaError, match="none of them ours"):
        read(vendor, page_size=1, quota_share=0.5)

    assert (vendor.left, len(calls)) == (5, 5)


@pytest.mark.parametrize("http_too", [True, False])
@pytest.mark.parametrize(
    ("code", "kind"),
    [(403, SetupError), (404, SetupError), (400, SetupError), (500, TransientError), (302, SetupError)],
)
def test_a_refusal_is_told_by_its_code_wherever_it_stands(
    vendor: JotformSandbox, code: int, kind: type[Exception], http_too: bool
) -> None:
    """Its message may quote what was sent and is left out."""
    body = {"responseCode": code, "message": "about ann@example.com", "content": ""}
    vendor.faults.add(lambda _: JSONResponse(body, code if http_too and code != 302 else 200), at="/submissions")

    with vendor.counting() as calls, pytest.raises(kind, match=str(code)) as caught:
        read(vendor)

    assert len(calls) == 1
    assert "ann@example.com" not in str(caught.value)


@pytest.mark.parametrize("http_too", [True, False])
def test_a_key_revoked_in_mid_read_is_an_error_of_credentials(vendor: JotformSandbox, http_too: bool) -> None:
    """It is not taken for a form that is gone: the key is refused everywhere."""
    vendor.http_too = http_too
    config = JotformConfig.model_validate({**vendor.settings(), "page_size": 3})
    with Jotform(config) as jotform:
        pages = jotform.pull("submissions", None)
        assert next(pages).cursor is not None
        vendor.token = KEY
        with pytest.raises(CredentialsError):
            list(pages)


def test_a_wrong_key_is_told_without_showing_it_and_travels_in_no_address(vendor: JotformSandbox) -> None:
    """Neither the error nor the settings show a key; URLs leak into logs."""
    config = JotformConfig(base_url=vendor.base_url, token=SecretStr(KEY), secret=SecretStr(KEY))
    with pytest.raises(CredentialsError) as caught, Jotform(config) as jotform:
        jotform.check()

    assert KEY not in f"{caught.value!r}{caught.value.fix}{config!r}"
    assert not any(KEY in call.query for call in vendor.calls)


def test_a_wrong_setting_does_not_print_the_others() -> None:
    """A validation error quotes its input elsewhere."""
    with pytest.raises(ValidationError) as caught:
        JotformConfig.model_validate({"token": {"key": KEY}, "fomrs": KEY})

    assert KEY not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"responseCode": 200},
        {"responseCode": 200, "content": None},
        {"responseCode": 200, "content": "none"},
        {"responseCode": 200, "content": [1]},
    ],
)
def test_an_answer_without_a_list_is_no_empty_form(vendor: JotformSandbox, body: dict[str, Any]) -> None:
    """An answer that says nothing is a fault that may pass."""
    vendor.faults.add(lambda _: JSONResponse(body), at="/submissions")

    with pytest.raises(TransientError):
        read(vendor)


@pytest.mark.parametrize("what", ["heeds_filter", "heeds_order"])
def test_a_vendor_that_heeds_neither_filter_nor_order_is_an_error(vendor: JotformSandbox, what: str) -> None:
    """Then nothing proves that nobody was left out; and the read would never end."""
    setattr(vendor, what, False)

    with pytest.raises(TransientError, match="order of their ids"):
        read(vendor, page_size=2)


@pytest.mark.parametrize("path", ["", "/"])
def test_base_url_alone_leads_to_any_host(vendor: JotformSandbox, path: str) -> None:
    """With or without a slash at its end."""
    assert read(vendor, base_url=vendor.base_url + path) == len(vendor.submissions[VISIT])


@pytest.mark.parametrize("base_url", ["http://api.example.com", "api.jotform.com", "ftp://127.0.0.1"])
def test_a_base_url_that_is_none_or_unencrypted_is_refused(vendor: JotformSandbox, base_url: str) -> None:
    """The key would travel in the clear."""
    with pytest.raises(SetupError, match="base_url"):
        read(vendor, base_url=base_url)


def test_a_base_url_where_nobody_listens_is_said(vendor: JotformSandbox) -> None:
    """As any other failing connection, after its retries."""
    with JotformSandbox() as other:
        address = other.base_url

    with pytest.raises(TransientError, match="no answer"):
        read(vendor, base_url=address)


def test_check_of_a_form_without_rights_names_it(vendor: JotformSandbox) -> None:
    """And goes on with the others."""
    vendor.faults.add(inside(403), at=f"/form/{QUOTE}/submissions")
    with Jotform(JotformConfig.model_validate(vendor.settings())) as jotform:
        failed = [check for check in jotform.check() if not check.ok]

    assert [check.name for check in failed] == [f"submissions of {QUOTE}"]
    assert "Read access" in failed[0].fix
