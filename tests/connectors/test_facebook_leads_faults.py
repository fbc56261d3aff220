"""What the Graph API answers when it does not answer: limits, proxies, tokens, rights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from starlette.responses import JSONResponse, Response

from connectors.connector import Page, SourceRecord
from connectors.errors import CredentialsError, QuotaError, SetupError, TransientError
from connectors.facebook_leads.answers import RefusedCallError, used
from connectors.facebook_leads.connector import FacebookLeads
from connectors.facebook_leads.graph import api_root
from connectors.facebook_leads.settings import FacebookLeadsConfig
from sandbox.facebook_leads import FacebookLeadsSandbox, graph_error
from sandbox.vendor import Fault, cut_body, html, status
from tests.connectors.facebook import AN_HOUR_AGO, connect, pages, quiet, read

TOKEN = "EAAverysecretpagetoken"


@pytest.fixture(scope="module")
def running() -> Iterator[FacebookLeadsSandbox]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with FacebookLeadsSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: FacebookLeadsSandbox) -> FacebookLeadsSandbox:
    """A running stand-in with one form and three leads."""
    running.reset()
    quiet(running).add_leads(3, at=AN_HOUR_AGO)
    return running


def read_into(got: list[Page], vendor: FacebookLeadsSandbox, meanwhile: Callable[[], None], **settings: Any) -> None:
    """Read pages of ten, doing something after each, as far as it goes."""
    with connect(vendor, page_size=10, **settings) as source:
        for page in source.pull("leads", None):
            got.append(page)
            meanwhile()


def everyone(got: list[Page], rest: list[SourceRecord]) -> set[str]:
    """Name all records of pages and of what came after them."""
    return {record.id for page in got for record in page.records} | {record.id for record in rest}


def limited(code: int, minutes: float | None = None) -> Fault:
    """A limit as the vendor tells it: HTTP 400, the code in the body, the wait in a header."""

    def fault(_: object) -> Response:
        response = graph_error(code, "There have been too many calls to this ad-account.")
        if minutes is not None:
            response.headers["X-Business-Use-Case-Usage"] = (
                f'{{"1": [{{"type": "leadgen", "call_count": 100, "estimated_time_to_regain_access": {minutes}}}]}}'
            )
        return response

    return fault


@pytest.mark.parametrize(
    "fault",
    [
        status(429),
        status(429, retry_after=0.1),
        limited(613),
        limited(80005, 0.002),
        lambda _: graph_error(2, "An unexpected error has occurred.", status=500),
        lambda _: graph_error(1, "An unknown error occurred"),
        status(503, retry_after=0.1),
        status(500),
        html(200),
        html(502),
        cut_body,
    ],
    ids="429 429-told 613 80005-told code-2 code-1 503 500 html html-502 cut".split(),
)
def test_what_passes_is_tried_again(vendor: FacebookLeadsSandbox, fault: Fault) -> None:
    """One more call, nothing lost."""
    vendor.faults.add(fault, at="/leads")

    with vendor.counting() as calls:
        records, _ = read(vendor)

    assert len(records) == 3
    assert len(calls) == 3


@pytest.mark.parametrize("code", [4, 17, 32, 341, 613, 80005])
def test_a_long_wait_ends_the_run_and_is_told(vendor: FacebookLeadsSandbox, code: int) -> None:
    """Waiting an hour inside a run helps nobody; the scheduler is told for how long."""
    vendor.faults.add(limited(code, 60), at="/leads")

    with vendor.counting() as calls, pytest.raises(QuotaError) as caught:
        read(vendor)

    assert caught.value.retry_after == 3600
    assert len(calls) == 2


def test_what_does_not_pass_ends_the_run(vendor: FacebookLeadsSandbox) -> None:
    """After some tries; the cursor stays."""
    vendor.faults.add(status(503, retry_after=0.01), at="/leads", times=9)

    with pytest.raises(TransientError, match="503"):
        read(vendor)


def test_our_share_of_the_limits_is_kept(vendor: FacebookLeadsSandbox) -> None:
    """At half of the limit a source with half a share stops, and goes on from there when there is room again."""
    vendor.add_leads(20, at=AN_HOUR_AGO)
    got: list[Page] = []

    def use_more() -> None:
        vendor.usage = 61.0

    with pytest.raises(QuotaError, match="50%"):
        read_into(got, vendor, use_more, quota_share=0.5)
    vendor.usage = 1.0
    rest, _ = read(vendor, got[-1].cursor, page_size=10, overlap=0)

    assert len(got) == 2
    assert len(everyone(got, rest)) == 23


def test_the_highest_figure_of_both_headers_counts() -> None:
    """One stands alone, the other in lists by page; a header that is none counts as nothing."""
    app = '{"call_count": 12, "total_time": 40, "total_cputime": 3}'
    business = '{"1": [{"type": "leadgen", "call_count": 7}, {"type": "pages", "total_cputime": 61.5}]}'

    assert used({"X-App-Usage": app}) == 40
    assert used({"X-App-Usage": app, "X-Business-Use-Case-Usage": business}) == 61.5
    assert used({"X-App-Usage": "half of it"}) == 0


@pytest.mark.parametrize(
    ("subcode", "words"), [(463, "expired"), (460, "password"), (467, "revoked"), (492, "role"), (None, "190")]
)
def test_a_dead_token_says_what_it_died_of(vendor: FacebookLeadsSandbox, subcode: int | None, words: str) -> None:
    """Stop: a person must make a new one."""
    dead = graph_error(190, "Error validating access token for ann@example.com", subcode=subcode)
    vendor.faults.add(lambda _: dead, times=2)

    with pytest.raises(CredentialsError, match=words) as caught:
        read(vendor)

    assert "token" in caught.value.fix
    assert "ann@example.com" not in str(caught.value)


def test_a_token_that_expires_between_pages_loses_nothing(vendor: FacebookLeadsSandbox) -> None:
    """The new one goes on where the old one stopped."""
    vendor.add_leads(20, at=AN_HOUR_AGO)
    got: list[Page] = []

    def expire() -> None:
        vendor.expired = True

    with pytest.raises(CredentialsError):
        read_into(got, vendor, expire)
    vendor.expired, vendor.token = False, TOKEN
    rest, _ = read(vendor, got[-1].cursor, page_size=10, overlap=0)

    assert len(got) == 1
    assert len(everyone(got, rest)) == 23


def test_the_token_is_in_no_address_unless_the_header_is_not_taken(vendor: FacebookLeadsSandbox) -> None:
    """Addresses stand in logs. Asked for once more, then known."""
    with vendor.counting() as in_header:
        read(vendor)
    vendor.takes_header = False
    with vendor.counting() as in_query:
        records, _ = read(vendor)

    assert not any("access_token" in call.query for call in in_header)
    assert ["access_token" in call.query for call in in_query] == [False, True, True]
    assert len(records) == 3


def test_no_secret_is_in_a_cursor_an_error_or_a_repr(vendor: FacebookLeadsSandbox) -> None:
    """The vendor puts the token into the address of every next page."""
    cursors = [str(page.cursor) for page in pages(vendor, page_size=1)]
    with pytest.raises(CredentialsError) as caught:
        read(vendor, token=TOKEN)

    told = f"{caught.value!r}{caught.value.fix}{FacebookLeadsConfig(token=SecretStr(TOKEN))!r}"
    assert vendor.token not in "".join(cursors)
    assert TOKEN not in told


def test_calls_are_proven_where_the_app_demands_it(vendor: FacebookLeadsSandbox) -> None:
    """`appsecret_proof`, from the app's secret."""
    vendor.needs_proof = True

    assert len(read(vendor, app_secret=vendor.app_secret)[0]) == 3
    with pytest.raises(RefusedCallError):
        read(vendor)


@pytest.mark.parametrize("code", [3, 10, 200, 299])
def test_a_missing_right_is_for_a_person_to_mend(vendor: FacebookLeadsSandbox, code: int) -> None:
    """Not tried again, and not taken for a dead token."""
    vendor.faults.add(lambda _: graph_error(code, "(#200) Requires leads_retrieval"), at="/leads")

    with pytest.raises(SetupError) as caught:
        read(vendor)

    assert type(caught.value) is SetupError
    assert "leads_retrieval" in caught.value.fix


def test_an_error_with_status_200_is_an_error(vendor: FacebookLeadsSandbox) -> None:
    """Never an empty form."""
    vendor.faults.add(lambda _: JSONResponse({"error": {"code": 200, "type": "OAuthException"}}), at="/leads")

    with pytest.raises(SetupError):
        read(vendor)


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": ["x"]}, {"data": {}}])
def test_an_answer_without_data_is_no_empty_form(vendor: FacebookLeadsSandbox, body: dict[str, object]) -> None:
    """Nor is one with rows that are none."""
    vendor.faults.add(lambda _: JSONResponse(body), at="/leads")

    with pytest.raises(TransientError, match="without `data`"):
        read(vendor)


@pytest.mark.parametrize("query", ["?after=A", ""])
def test_a_next_page_that_leads_nowhere_is_an_error(vendor: FacebookLeadsSandbox, query: str) -> None:
    """A list that goes round would be read for ever."""
    body = {"data": [], "paging": {"next": f"https://graph.facebook.example/x{query}"}}
    vendor.faults.add(lambda _: JSONResponse(body), at="/leads", times=3)

    with pytest.raises(TransientError, match="page"):
        read(vendor)


def test_another_page_or_form_says_what_to_check(vendor: FacebookLeadsSandbox) -> None:
    """A wrong id is the commonest fault of a new source."""
    with pytest.raises(RefusedCallError, match=r"100\.33") as caught:
        read(vendor, page="77")

    assert "`page`" in caught.value.fix


@pytest.mark.parametrize(
    ("base_url", "version", "root"),
    [
        (None, "24.0", "https://graph.facebook.com/v24.0"),
        (None, "v25.0", "https://graph.facebook.com/v25.0"),
        ("http://127.0.0.1:8080/", "24.0", "http://127.0.0.1:8080/v24.0"),
        ("http://127.0.0.1:8080/v23.0", "24.0", "http://127.0.0.1:8080/v23.0"),
    ],
)
def test_the_api_is_at_base_url_with_or_without_a_version(base_url: str | None, version: str, root: str) -> None:
    """The address's own version counts."""
    assert api_root(base_url, version) == root


def test_wrong_settings_are_refused_and_not_shown() -> None:
    """Plain http would carry the token in the clear; a version becomes part of an address."""
    with pytest.raises(SetupError, match="unencrypted"):
        FacebookLeads(FacebookLeadsConfig(base_url="http://api.example.com", token=SecretStr(TOKEN)))
    with pytest.raises(ValidationError) as caught:
        FacebookLeadsConfig.model_validate({"token": {"x": TOKEN}, "api_version": "../../evil"})

    assert TOKEN not in str(caught.value)
