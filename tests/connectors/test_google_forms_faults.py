"""What Google Forms answers when it does not answer, and which rights it asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse

from connectors.connector import Page
from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.google_forms.connector import GoogleForms
from connectors.google_forms.settings import GoogleFormsConfig
from sandbox.google import SCOPE, quota_used_up, refused
from sandbox.google_forms import GoogleFormsSandbox
from sandbox.people import sightings
from sandbox.vendor import Fault, html, status

ROWS = len(sightings("google_forms"))
BODY, RESPONSES = SCOPE + "forms.body.readonly", SCOPE + "forms.responses.readonly"
QUICK = {"reads_per_minute": 1_000_000}


@pytest.fixture(scope="module")
def running() -> Iterator[GoogleFormsSandbox]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with GoogleFormsSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: GoogleFormsSandbox) -> GoogleFormsSandbox:
    """A running stand-in with its seeded form."""
    running.reset()
    return running


def connect(vendor: GoogleFormsSandbox, **settings: Any) -> GoogleForms:
    """A connector pointed at the stand-in; a setting given as None is left out."""
    given = {**vendor.settings(), **QUICK, **settings}
    return GoogleForms(GoogleFormsConfig.model_validate({k: v for k, v in given.items() if v is not None}))


def read(vendor: GoogleFormsSandbox, **settings: Any) -> int:
    """Read to the end; gives how many records came."""
    with connect(vendor, **settings) as forms:
        return sum(len(page.records) for page in forms.pull("responses", None))


@pytest.mark.parametrize("fault", [quota_used_up, status(500), html(200)], ids=["429", "500", "HTML"])
def test_a_passing_fault_costs_a_call_and_nothing_else(vendor: GoogleFormsSandbox, fault: Fault) -> None:
    """The read goes on where it was."""
    vendor.faults.add(fault, at="/responses")

    assert read(vendor, page_size=5) == ROWS
    assert len(vendor.calls) == 1 + 1 + 1 + -(-ROWS // 5)


def test_a_server_that_goes_down_between_pages_ends_the_run(vendor: GoogleFormsSandbox) -> None:
    """Short is never green: the last cursor names the page to go on with."""

    def go_down() -> None:
        vendor.between = lambda: None
        vendor.faults.add(status(503, retry_after=0.01), at="/responses", times=5)

    vendor.between = go_down
    first: list[Page] = []
    with connect(vendor, page_size=5) as forms, pytest.raises(TransientError, match="HTTP 503"):
        first.extend(forms.pull("responses", None))
    with connect(vendor, page_size=5) as forms:
        rest = list(forms.pull("responses", first[-1].cursor))

    assert len(first) == 1
    assert sum(len(page.records) for page in first + rest) == ROWS


@pytest.mark.parametrize(
    "body", [{"responses": None}, {"responses": {"a": 1}}, {"responses": ["a"]}, {"error": {"code": 500}}]
)
def test_an_answer_that_is_no_list_is_no_empty_form(vendor: GoogleFormsSandbox, body: dict[str, Any]) -> None:
    """It is a fault that may pass."""
    vendor.faults.add(lambda _: JSONResponse(body), at="/responses")

    with pytest.raises(TransientError):
        read(vendor)


def test_an_answer_that_is_no_form_is_a_fault(vendor: GoogleFormsSandbox) -> None:
    """Else all answers would lose their names."""

    def broken(request: Request) -> JSONResponse | None:
        return None if request.url.path.endswith("/responses") else JSONResponse({})

    vendor.faults.add(broken, at="/v1", times=2)

    with pytest.raises(TransientError, match="info"):
        read(vendor)


def test_a_revoked_key_is_an_error_of_credentials(vendor: GoogleFormsSandbox) -> None:
    """Of a read, of a check, and of a read that was begun before."""
    vendor.key_revoked = True

    with pytest.raises(CredentialsError):
        read(vendor)
    with connect(vendor) as forms:
        with pytest.raises(CredentialsError):
            forms.check()
        with pytest.raises(CredentialsError):
            list(forms.pull("responses", {"since": None, "began": "2026-08-03T09:00:00Z", "token": "page-1"}))


def test_a_ready_access_token_serves_until_it_ends(vendor: GoogleFormsSandbox) -> None:
    """It cannot be renewed here."""
    token = vendor.new_token([BODY, RESPONSES])
    assert read(vendor, service_account=None, access_token=token) == ROWS
    vendor.revoke_tokens()
    with pytest.raises(CredentialsError):
        read(vendor, service_account=None, access_token=token)


def test_each_right_that_is_missing_is_named_by_check(vendor: GoogleFormsSandbox) -> None:
    """The form and its responses have a scope each."""
    for given, lacking in ((BODY, "responses"), (RESPONSES, "form")):
        fixes = failed(connect(vendor, service_account=None, access_token=vendor.new_token([given])))
        assert list(fixes) == [lacking]
        assert "scopes" in fixes[lacking]
    vendor.shared = False
    assert "share it" in failed(connect(vendor))["form"]
    assert "check its id" in failed(connect(vendor, form="abc"))["form"]
    vendor.faults.add(lambda _: refused(403, "PERMISSION_DENIED", "x", reason="SERVICE_DISABLED"), at="/v1", times=2)
    assert "enable this API" in failed(connect(vendor))["responses"]


def failed(forms: GoogleForms) -> dict[str, str]:
    """What fails in a check, with the way out."""
    with forms:
        return {check.name: check.fix for check in forms.check() if not check.ok}


@pytest.mark.parametrize(("form", "error"), [("abc", "NOT_FOUND"), (None, "PERMISSION_DENIED")])
def test_a_form_that_is_not_ours_is_a_matter_of_setting_up(
    vendor: GoogleFormsSandbox, form: str | None, error: str
) -> None:
    """It is not tried again, and does not look empty."""
    vendor.shared = form is not None

    with pytest.raises(SetupError, match=error):
        read(vendor, form=form or vendor.settings()["form"])

    assert len(vendor.calls) == 2


@pytest.mark.parametrize("ending", ["/", "/v1"])
def test_an_api_root_as_base_url_is_understood(vendor: GoogleFormsSandbox, ending: str) -> None:
    """And a wrong one is told."""
    assert read(vendor, base_url=vendor.base_url + ending) == ROWS
    with pytest.raises(SetupError, match="404"):
        read(vendor, base_url=f"{vendor.base_url}/elsewhere")
    with pytest.raises(SetupError, match="unencrypted"):
        connect(vendor, base_url="http://forms.example.com")
