"""What Jotform answers when it does not answer: limits, proxies, refusals in either status."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.responses import JSONResponse

from connectors.errors import CredentialsError, QuotaError, SetupError, TransientError
from connectors.jotform.connector import Jotform, JotformConfig
from sandbox.jotform import QUOTE, VISIT, JotformSandbox
from sandbox.vendor import Fault

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


@pytest.mark.parametrize("code", [503, 429])
def test_a_passing_fault_that_only_the_envelope_tells_costs_a_call(vendor: JotformSandbox, code: int) -> None:
    """Tried again within the run, as one that HTTP tells."""
    vendor.faults.add(inside(code), at="/submissions")

    with vendor.counting() as calls:
        assert read(vendor) == len(vendor.submissions[VISIT])

    assert len(calls) == 3


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


def test_check_of_a_form_without_rights_names_it(vendor: JotformSandbox) -> None:
    """And goes on with the others."""
    vendor.faults.add(inside(403), at=f"/form/{QUOTE}/submissions")
    with Jotform(JotformConfig.model_validate(vendor.settings())) as jotform:
        failed = [check for check in jotform.check() if not check.ok]

    assert [check.name for check in failed] == [f"submissions of {QUOTE}"]
    assert "Read access" in failed[0].fix
