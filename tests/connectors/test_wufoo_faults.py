"""What Wufoo answers when it does not answer: limits, proxies, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.responses import JSONResponse

from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.wufoo.connector import Wufoo, WufooConfig
from sandbox.wufoo import DEMO, WufooSandbox


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
