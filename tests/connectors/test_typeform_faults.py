"""What Typeform answers when it does not answer: limits, proxies, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.responses import JSONResponse

from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.typeform.connector import Typeform, TypeformConfig
from sandbox.typeform import CONTACT, EVENT, TypeformSandbox, error


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
