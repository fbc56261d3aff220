"""What Typeform answers when it does not answer: limits, proxies, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from starlette.responses import JSONResponse

from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.typeform.connector import Typeform, TypeformConfig
from sandbox.typeform import CONTACT, EVENT, TypeformSandbox, error
from sandbox.vendor import Fault, cut_body, hang_up, html, status

TOKEN = "tfp_another-made-up-token"


@pytest.fixture(scope="module")
def running() -> Iterator[TypeformSandbox]:
    """One server for all tests here."""
    with TypeformSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: TypeformSandbox) -> TypeformSandbox:
    """A running stand-in with its seeded forms."""
    running.reset()
    return running


def read(vendor: TypeformSandbox, **settings: Any) -> int:
    """Read the event's form to the end; gives how many records came."""
    values = {"calls_per_second": 1e6, **vendor.settings(), "forms": [EVENT], **settings}
    with Typeform(TypeformConfig.model_validate(values)) as typeform:
        return sum(len(page.records) for page in typeform.pull("responses", None))


@pytest.mark.parametrize(
    "fault",
    [
        status(429),
        status(429, retry_after=0.1),
        status(502),
        status(503, retry_after=0.1),
        html(200),
        cut_body,
        hang_up,
    ],
    ids=["429", "429 Retry-After", "502", "503", "HTML", "cut body", "reset"],
)
def test_a_passing_fault_costs_a_call_and_nothing_else(vendor: TypeformSandbox, fault: Fault) -> None:
    """Tried again within the run."""
    vendor.faults.add(fault, at="/responses")

    with vendor.counting() as calls:
        assert read(vendor) == len(vendor.responses[EVENT])

    assert len(calls) == 3


def test_a_long_rest_asked_for_ends_the_run(vendor: TypeformSandbox) -> None:
    """Waiting an hour inside a run helps nobody; the scheduler is told for how long."""
    vendor.faults.add(status(429, retry_after=3600), at="/responses")

    with pytest.raises(TransientError) as caught:
        read(vendor)

    assert caught.value.retry_after == 3600


@pytest.mark.parametrize(
    ("code", "name", "kind"),
    [
        (401, "AUTHENTICATION_FAILED", CredentialsError),
        (403, "FORBIDDEN", SetupError),
        (404, "FORM_NOT_FOUND", SetupError),
        (400, "VALIDATION_ERROR", SetupError),
        (500, "INTERNAL_SERVER_ERROR", TransientError),
    ],
)
def test_a_refusal_is_final_and_told_by_its_code(
    vendor: TypeformSandbox, code: int, name: str, kind: type[Exception]
) -> None:
    """Its description may quote what was sent and is left out."""
    vendor.faults.add(lambda _: error(code, name, "about ann@example.com"), at="/responses")

    with vendor.counting() as calls, pytest.raises(kind, match=name) as caught:
        read(vendor)

    assert len(calls) == 1
    assert "ann@example.com" not in str(caught.value)


def test_a_token_revoked_in_mid_read_is_an_error_of_credentials(vendor: TypeformSandbox) -> None:
    """What was read until then has its cursor."""
    config = TypeformConfig.model_validate({**vendor.settings(), "calls_per_second": 1e6, "page_size": 3})
    with Typeform(config) as typeform:
        pages = typeform.pull("responses", None)
        assert next(pages).cursor is not None
        vendor.token = TOKEN
        with pytest.raises(CredentialsError):
            list(pages)


def test_a_wrong_token_is_told_without_showing_it(vendor: TypeformSandbox) -> None:
    """Neither the error nor the settings show a token; `check` raises it too, for the exit code."""
    config = TypeformConfig(base_url=vendor.base_url, token=SecretStr(TOKEN), secret=SecretStr(TOKEN))
    with pytest.raises(CredentialsError) as caught, Typeform(config) as typeform:
        typeform.check()

    assert TOKEN not in f"{caught.value!r}{caught.value.fix}{config!r}"


def test_a_wrong_setting_does_not_print_the_others() -> None:
    """A validation error quotes its input elsewhere."""
    with pytest.raises(ValidationError) as caught:
        TypeformConfig.model_validate({"token": {"key": TOKEN}, "fomrs": TOKEN})

    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("body", [{}, {"items": None, "total_items": 0}, {"items": []}])
def test_an_answer_without_items_or_count_is_no_empty_form(vendor: TypeformSandbox, body: dict[str, Any]) -> None:
    """An answer that cannot prove the read complete is a fault that may pass."""
    vendor.faults.add(lambda _: JSONResponse(body), at="/responses")

    with pytest.raises(TransientError):
        read(vendor)


def test_a_form_that_stays_short_is_an_error(vendor: TypeformSandbox) -> None:
    """It says that there are five and shows none, each time; short never looks complete."""
    vendor.faults.add(lambda _: JSONResponse({"items": [], "total_items": 5}), at="/responses", times=6)

    with pytest.raises(TransientError, match="read short"):
        read(vendor)


def test_a_list_of_forms_that_stays_short_is_an_error(vendor: TypeformSandbox) -> None:
    """A form that is not listed would be a form whose leads are not read."""
    vendor.faults.add(lambda _: JSONResponse({"items": [], "total_items": 2}), at="/forms", times=3)

    with pytest.raises(TransientError, match="listed"):
        read(vendor, forms=None)


def test_the_pace_keeps_below_the_vendors_limit(vendor: TypeformSandbox) -> None:
    """Without a 429: the share that is ours of 40 calls a second."""
    vendor.per_second = 40

    with vendor.counting() as calls:
        read(vendor, forms=[EVENT, CONTACT], page_size=1, calls_per_second=40, quota_share=0.9)

    assert len(calls) == len(vendor.responses[EVENT]) + len(vendor.responses[CONTACT]) + 2


@pytest.mark.parametrize("path", ["", "/"])
def test_base_url_alone_leads_to_any_host(vendor: TypeformSandbox, path: str) -> None:
    """With or without a slash at its end."""
    assert read(vendor, base_url=vendor.base_url + path) == len(vendor.responses[EVENT])


@pytest.mark.parametrize("base_url", ["http://api.example.com", "api.typeform.com", "ftp://127.0.0.1"])
def test_a_base_url_that_is_none_or_unencrypted_is_refused(vendor: TypeformSandbox, base_url: str) -> None:
    """The token would travel in the clear."""
    with pytest.raises(SetupError, match="base_url"):
        read(vendor, base_url=base_url)


def test_a_base_url_where_nobody_listens_is_said(vendor: TypeformSandbox) -> None:
    """As any other failing connection, after its retries."""
    with TypeformSandbox() as other:
        address = other.base_url

    with pytest.raises(TransientError, match="no answer"):
        read(vendor, base_url=address)
