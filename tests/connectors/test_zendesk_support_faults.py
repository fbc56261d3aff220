"""What Zendesk answers when it does not answer: limits, proxies, refusals, streams that stall."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from requests.auth import HTTPBasicAuth
from starlette.responses import JSONResponse, Response

from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.pace import Pace
from connectors.zendesk_support.api import ZendeskApi, api_root
from connectors.zendesk_support.connector import ZendeskSupport, ZendeskSupportConfig
from sandbox.vendor import Fault, cut_body, html, status
from sandbox.zendesk_support import ZendeskSupportSandbox

TOKEN = "5ec2e7c0ffee5ec2e7c0ffee"


@pytest.fixture(scope="module")
def running() -> Iterator[ZendeskSupportSandbox]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with ZendeskSupportSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: ZendeskSupportSandbox) -> ZendeskSupportSandbox:
    """A running stand-in with its seeded tickets."""
    running.reset()
    return running


def read(vendor: ZendeskSupportSandbox, **settings: Any) -> int:
    """Read the tickets to the end; gives how many records came."""
    pace = {"exports_per_minute": 60_000}
    config = ZendeskSupportConfig(**{**vendor.settings(), **pace, **settings})
    with ZendeskSupport(config) as zendesk:
        return sum(len(page.records) for page in zendesk.pull("tickets", None))


def says(code: int, body: Any, **headers: str) -> Fault:
    """An answer of the vendor's own."""
    return lambda _: JSONResponse(body, code, headers)


@pytest.mark.parametrize(
    "fault",
    [status(429), status(429, retry_after=0.1), status(503, retry_after=0.1), status(502), html(200), cut_body],
    ids=["429", "429 Retry-After", "503 maintenance", "502", "HTML", "cut body"],
)
def test_a_passing_fault_costs_a_call_and_nothing_else(vendor: ZendeskSupportSandbox, fault: Fault) -> None:
    """The ones that a retry is right for."""
    vendor.faults.add(fault, at="/incremental")

    with vendor.counting() as calls:
        assert read(vendor) == len(vendor.tickets)

    assert [call.path for call in calls].count("/api/v2/incremental/tickets/cursor") == 2


def test_the_accounts_limit_ends_the_run_when_its_rest_is_long(vendor: ZendeskSupportSandbox) -> None:
    """The scheduler is told for how long; the cursor stays."""
    vendor.faults.add(status(429, retry_after=93), at="/incremental")

    with pytest.raises(TransientError) as caught:
        read(vendor)

    assert caught.value.retry_after == 93


@pytest.mark.parametrize(
    ("code", "body", "error"),
    [
        (401, {"error": "Couldn't authenticate you"}, CredentialsError),
        (403, {"error": {"title": "Forbidden", "message": "ann@example.com may not"}}, SetupError),
        (404, {"error": "RecordNotFound", "description": "Not found"}, SetupError),
        (422, {"error": "InvalidValue", "description": "Too recent start_time."}, SetupError),
    ],
)
def test_a_refusal_is_final_and_named(
    vendor: ZendeskSupportSandbox, code: int, body: dict[str, Any], error: type[SetupError]
) -> None:
    """`error` is a string at times, an object at others; descriptions may quote data and are left out."""
    asked = 2 if code == 422 else 1  # what a host does not know is asked for once more, without what may come along
    for _ in range(asked):
        vendor.faults.add(says(code, body), at="/incremental")
    name = body["error"] if isinstance(body["error"], str) else body["error"]["title"]

    with vendor.counting() as calls, pytest.raises(error, match=name) as caught:
        read(vendor)

    assert len(calls) == asked
    assert "ann@example.com" not in str(caught.value)


def test_a_refusal_without_json_is_told_by_its_status(vendor: ZendeskSupportSandbox) -> None:
    """A proxy's page has no error name."""
    vendor.faults.add(html(403), at="/incremental")

    with pytest.raises(SetupError, match="HTTP 403"):
        read(vendor)


def test_wrong_credentials_are_told_without_showing_them(vendor: ZendeskSupportSandbox) -> None:
    """Neither the error nor the settings nor a misspelt setting shows a token."""
    with pytest.raises(CredentialsError) as caught:
        read(vendor, token=TOKEN)
    with pytest.raises(ValidationError) as misspelt:
        ZendeskSupportConfig.model_validate({"oauth_tokn": TOKEN})

    config = ZendeskSupportConfig(subdomain="example", oauth_token=SecretStr(TOKEN))
    assert TOKEN not in f"{caught.value!r}{caught.value.fix}{misspelt.value}{config!r}"


def test_a_stream_may_pause_before_its_end(vendor: ZendeskSupportSandbox) -> None:
    """`end_of_stream` decides, not whether there are rows: false with none is asked again."""
    pause: dict[str, Any] = {"tickets": [], "after_cursor": "MXwx", "after_url": None, "end_of_stream": False}
    vendor.faults.add(says(200, pause), at="/incremental", times=2)

    assert read(vendor) == len(vendor.tickets)


def test_a_stream_that_never_ends_is_an_error(vendor: ZendeskSupportSandbox) -> None:
    """A cursor that does not move and no end: short, not done."""
    stall: dict[str, Any] = {"tickets": [], "after_cursor": "MXwx", "after_url": None, "end_of_stream": False}
    vendor.faults.add(says(200, stall), at="/incremental", times=10)

    with pytest.raises(TransientError, match="stalls"):
        read(vendor)


def test_a_stream_without_cursor_before_its_end_is_an_error(vendor: ZendeskSupportSandbox) -> None:
    """There is nothing to go on from."""
    vendor.faults.add(says(200, {"tickets": [], "after_cursor": None, "end_of_stream": False}), at="/incremental")

    with pytest.raises(TransientError, match="stalls"):
        read(vendor)


def test_an_answer_without_tickets_is_no_empty_account(vendor: ZendeskSupportSandbox) -> None:
    """Some JSON is not the export."""
    vendor.faults.add(says(200, {"end_of_stream": True}), at="/incremental")

    with pytest.raises(TransientError, match="tickets"):
        read(vendor)


def test_a_page_that_repeats_rows_gives_each_once(vendor: ZendeskSupportSandbox) -> None:
    """A ticket changed during the export comes again; the last is kept."""
    rows = [{"id": 1, "priority": "low"}, {"id": 2, "priority": "low"}, {"id": 1, "priority": "high"}]
    body = {"tickets": rows, "users": [], "after_cursor": "MXwx", "end_of_stream": True}
    vendor.faults.add(says(200, body), at="/incremental")

    with ZendeskSupport(ZendeskSupportConfig.model_validate(vendor.settings())) as zendesk:
        records = [record for page in zendesk.pull("tickets", None) for record in page.records]

    assert [(record.id, record.data["priority"]) for record in records] == [("2", "low"), ("1", "high")]


def test_a_redirect_is_not_followed(vendor: ZendeskSupportSandbox) -> None:
    """It would carry the credentials along."""
    with ZendeskSupportSandbox() as elsewhere:
        location = {"Location": f"{elsewhere.base_url}/api/v2/users/me"}
        vendor.faults.add(lambda _: Response("", 302, location), at="/incremental")

        with pytest.raises(SetupError, match="redirect"):
            read(vendor)

        assert elsewhere.calls == []


@pytest.mark.parametrize(
    "headers",
    [
        {"ratelimit-remaining": "0", "ratelimit-reset": "7"},
        {"rate-limit-remaining": "0", "rate-limit-reset": "7"},
        {"X-Rate-Limit-Remaining": "0", "RateLimit-Reset": "7"},
        {"zendesk-ratelimit-incremental-exports": "total=10; remaining=0; resets=7"},
    ],
    ids=["documented", "recorded", "mixed", "endpoint"],
)
def test_an_allowance_used_up_is_waited_for(vendor: ZendeskSupportSandbox, headers: dict[str, str]) -> None:
    """The headers exist in several spellings; all are read, before a 429 has to say it."""
    now = [1000.0]
    pace = Pace(None, clock=lambda: now[0], sleep=lambda seconds: now.append(now.pop() + seconds))
    auth = HTTPBasicAuth(f"{vendor.email}/token", vendor.token)
    api = ZendeskApi(api_root(None, vendor.base_url), auth, lambda: None, pace)
    vendor.faults.add(says(200, {}, **headers), at="/ticket_fields")

    api.get("/ticket_fields")
    assert now == [1000]
    api.get("/ticket_fields")
    api.close()

    assert now == [1007]


@pytest.mark.parametrize(
    ("subdomain", "base_url", "root"),
    [
        ("example", None, "https://example.zendesk.com/api/v2"),
        (None, "http://127.0.0.1:8080", "http://127.0.0.1:8080/api/v2"),
        ("example", "http://127.0.0.1:8080/api/v2/", "http://127.0.0.1:8080/api/v2"),
    ],
)
def test_the_api_is_at_base_url_else_at_the_subdomain(subdomain: str | None, base_url: str | None, root: str) -> None:
    """With or without the version in `base_url`."""
    assert api_root(subdomain, base_url) == root


@pytest.mark.parametrize("subdomain", [None, "", "example.com/", "a@b"])
def test_a_subdomain_is_a_name(subdomain: str | None) -> None:
    """It becomes a part of a host name: nothing else is let through."""
    with pytest.raises(SetupError, match="subdomain"):
        api_root(subdomain, None)


def test_no_credentials_are_told_before_any_call() -> None:
    """Neither email with token, nor oauth_token."""
    with pytest.raises(SetupError, match="no credentials"):
        ZendeskSupport(ZendeskSupportConfig(subdomain="example", email="ann@example.com"))
