"""What HubSpot, or what stands between, may answer instead: retried where right, else said clearly."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from connectors.errors import ConnectorError, CredentialsError, QuotaError, SetupError, TransientError
from connectors.hubspot.answers import Answer
from connectors.hubspot.connector import HubSpot, HubSpotConfig
from connectors.hubspot.objects import OBJECT_KINDS
from connectors.hubspot.tokens import RenewedToken
from sandbox.hubspot.standin import CLIENT, TOKEN, HubSpotSandbox
from sandbox.vendor import Fault, cut_body, html, status
from tests.connectors.test_hubspot import by_id, connect, generous, read


@pytest.fixture(scope="module")
def server() -> Iterator[HubSpotSandbox]:
    with HubSpotSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(server: HubSpotSandbox) -> HubSpotSandbox:
    """An account as new; to start a server for each test would take longer than the test."""
    server.reset()
    return generous(server)


def by_oauth(vendor: HubSpotSandbox, **settings: Any) -> HubSpot:
    """Open the source as an OAuth app does."""
    return HubSpot(HubSpotConfig(**vendor.oauth_settings() | {"search_per_second": 1e6} | settings))


def says(code: int, **body: Any) -> Fault:
    """Answer in HubSpot's name with a JSON body."""
    return lambda _: JSONResponse({"status": "error", "correlationId": "c"} | body, code)


TOO_MANY = says(429, message="You have reached your limit.", policyName="TEN_SECONDLY_ROLLING")


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(TOO_MANY, id="429 without Retry-After"),
        pytest.param(status(429, retry_after=0.05), id="429 with Retry-After"),
        pytest.param(says(423, message="locked"), id="423 locked"),
        pytest.param(status(477, retry_after=0), id="477 moving"),
        pytest.param(status(500), id="500"),
        pytest.param(status(502), id="502"),
        pytest.param(status(524), id="524 of the edge"),
        pytest.param(html(200), id="HTML with status 200"),
        pytest.param(cut_body, id="body cut short"),
        pytest.param(status(200, body='{"results":[{"id":"1"'), id="body cut short and ended well"),
    ],
)
def test_a_passing_fault_is_waited_out(vendor: HubSpotSandbox, fault: Fault) -> None:
    """Reads may be repeated; nothing is lost or doubled for it."""
    vendor.faults.add(fault, at="/crm/v3/objects/contacts")
    source = connect(vendor, rate_window=0.05, lock_wait=0)

    with vendor.counting() as calls:
        records, _ = read(source)

    assert len(by_id(records)) == len(records) == len(vendor.portal.records["contacts"])
    assert source.calls == len(calls) == 3 + 1


def test_a_fault_that_stays_is_said_clearly(vendor: HubSpotSandbox) -> None:
    """After the last try the run fails, and says what came instead and where."""
    vendor.faults.add(html(200), times=2)

    with pytest.raises(TransientError, match=r"text/html instead of JSON at GET /crm/v3/properties"):
        read(connect(vendor, attempts=2))


def test_a_long_wait_ends_the_run(vendor: HubSpotSandbox) -> None:
    """An account that moves to another data centre may ask for a day: the run is not held up for it."""
    vendor.faults.add(status(477, retry_after=86_400))

    with pytest.raises(TransientError, match="HTTP 477") as caught:
        read(connect(vendor))

    assert caught.value.retry_after == 86_400


def test_a_used_up_day_stops_at_once_and_says_until_when(vendor: HubSpotSandbox) -> None:
    """Waiting within the run would not help; the run says when it may go on."""
    daily = says(429, message="You have reached your daily limit.", policyName="DAILY")
    vendor.faults.add(daily, at="/crm/v3/properties")

    with pytest.raises(QuotaError, match="daily limit") as caught:
        read(connect(vendor))

    assert caught.value.retry_after is not None
    assert 0 <= caught.value.retry_after <= timedelta(days=1).total_seconds()
    assert len(vendor.calls) == 2


def test_a_share_of_the_day_is_left_to_others(vendor: HubSpotSandbox) -> None:
    """The daily counter is shared by all of the account's apps."""
    vendor.limits.per_day, vendor.limits.used_today = 1000, 600

    with pytest.raises(QuotaError, match="our share"):
        read(connect(vendor, quota_share=0.4))

    assert vendor.limits.used_today == 601


def test_the_vendors_window_is_kept_by_its_own_headers(vendor: HubSpotSandbox) -> None:
    """When the window is used up we wait, rather than being told to."""
    vendor.limits.per_window, vendor.limits.window = 4, 0.3

    records, _ = read(connect(vendor, list_page=10))

    assert len(records) == len(vendor.portal.records["contacts"])
    assert len(vendor.calls) == 1 + 6 + 1


def test_searches_of_all_types_together_stay_below_the_vendors_rate(vendor: HubSpotSandbox) -> None:
    """Search has a limit of its own, per account, and says it in no header: not one call may be refused for it."""
    vendor.limits.searches_per_second = 10
    since = datetime(2026, 1, 1, tzinfo=UTC)

    with connect(vendor, search_per_second=8, search_page=10) as contacts, vendor.counting() as calls:
        read(contacts, "contacts", contacts.cursor_since("contacts", since))
        with connect(vendor, search_per_second=8, search_page=10) as deals:
            read(deals, "deals", deals.cursor_since("deals", since))

    assert sum(call.path.endswith("/search") for call in calls) == (1 + 6) + (1 + 3)


def test_an_access_token_is_renewed_by_the_clock(vendor: HubSpotSandbox) -> None:
    """HubSpot: a 401 is not a valid sign that a token must be renewed."""
    source = by_oauth(vendor)
    read(source)
    assert [call.path for call in vendor.calls].count("/oauth/v1/token") == 1
    vendor.token_seconds = 60
    with vendor.counting() as calls:
        read(by_oauth(vendor), "pipelines")
        short = by_oauth(vendor)
        read(short, "owners")

    assert [call.path for call in calls].count("/oauth/v1/token") == 1 + 2


def test_a_token_revoked_in_mid_read_is_renewed_once(vendor: HubSpotSandbox) -> None:
    """A token may end before its time; the page is asked for again with a new one."""
    source = by_oauth(vendor, list_page=10)
    pages = source.pull("contacts", None)
    records = list(next(pages).records)
    vendor.tokens.clear()

    records += [record for page in pages for record in page.records]

    assert len(by_id(records)) == len(records) == len(vendor.portal.records["contacts"])


def test_a_token_refused_twice_is_a_matter_of_credentials(vendor: HubSpotSandbox) -> None:
    """One renewal, one more try, and a clear word; not a loop of renewals."""
    refused = says(401, category="EXPIRED_AUTHENTICATION", message="expired")
    vendor.faults.add(refused, at="/crm/v3/objects/contacts", times=2)

    with vendor.counting() as calls, pytest.raises(CredentialsError, match="HTTP 401"):
        read(by_oauth(vendor))

    assert [call.path for call in calls].count("/oauth/v1/token") == 2


def test_a_refresh_token_that_is_good_once_gives_way_to_the_next(vendor: HubSpotSandbox) -> None:
    """Where refresh tokens rotate, the one of the settings is spent by its first use."""
    vendor.rotating = True
    vendor.token_seconds = 60
    source = by_oauth(vendor, list_page=20)

    records, _ = read(source)
    vendor.tokens.clear()
    owners, _ = read(source, "owners")

    assert len(records) == len(vendor.portal.records["contacts"])
    assert len(owners) == 4
    assert vendor.refresh_token not in repr(source.config)


def test_streams_that_are_refused_together_renew_once() -> None:
    """Who is refused a token that another has renewed meanwhile takes the new one."""
    asked: list[str] = []

    def ask(refresh: str) -> Answer:
        asked.append(refresh)
        return Answer("POST /oauth/v1/token", {"access_token": f"t{len(asked)}", "refresh_token": f"r{len(asked)}"})

    bearer = RenewedToken(ask, "r0", clock=lambda: 0.0)
    first = bearer.current()

    assert bearer.renew(first)
    assert bearer.renew(first)
    assert bearer.current() == "t2"
    assert asked == ["r0", "r1"]
    assert bearer.issued() == ["t2", "r2"]


@pytest.mark.parametrize("setting", sorted(CLIENT))
def test_a_refused_refresh_token_is_a_matter_of_credentials(vendor: HubSpotSandbox, setting: str) -> None:
    """Nothing but a person can help; what was sent is not repeated."""
    with pytest.raises(CredentialsError, match="refresh token was not accepted") as caught:
        read(by_oauth(vendor, **{setting: "not-the-right-one"}))

    assert "not-the-right-one" not in str(caught.value)


def test_a_refused_token_is_a_matter_of_credentials(vendor: HubSpotSandbox) -> None:
    """A private app's token has nothing to be renewed from: one call, and a clear word."""
    vendor.tokens.clear()

    with pytest.raises(CredentialsError, match="HTTP 401 at GET") as caught:
        read(connect(vendor))

    assert len(vendor.calls) == 1
    assert "token" in caught.value.fix


def test_a_missing_scope_is_named(vendor: HubSpotSandbox) -> None:
    """The person who can grant it reads which one to grant."""
    vendor.scopes.remove("crm.objects.deals.read")

    with pytest.raises(SetupError, match="HTTP 403") as caught:
        read(connect(vendor), "deals")

    assert "crm.objects.deals.read" in caught.value.fix


def test_check_says_what_may_be_read_and_what_not(vendor: HubSpotSandbox) -> None:
    """Rights differ per stream; one that is missing hides nothing of the others."""
    vendor.scopes.remove("crm.objects.deals.read")

    found = {check.name: check for check in connect(vendor).check()}

    assert found["connection"].ok
    assert found["read contacts"].ok
    assert "58 records, such as id 101" in found["read contacts"].text
    assert not found["read deals"].ok
    assert "crm.objects.deals.read" in found["read deals"].fix
    assert "calls are left today" in found["rate"].text


def test_check_does_without_the_usage_endpoint(vendor: HubSpotSandbox) -> None:
    """OAuth apps have no daily number, and not every host has the endpoint."""
    vendor.faults.add(html(404), at="/account-info")

    assert connect(vendor).check()[-1].ok


def test_check_ends_where_the_token_is_refused(vendor: HubSpotSandbox) -> None:
    """Five times the same refusal would say no more than one."""
    vendor.tokens.clear()

    (check,) = connect(vendor).check()

    assert (check.name, check.ok) == ("connection", False)
    assert len(vendor.calls) == 1


def test_a_host_that_is_not_there_is_named() -> None:
    """The message says where nobody answered."""
    with HubSpotSandbox() as gone:
        source = connect(gone, attempts=1)

    with pytest.raises(TransientError, match=gone.base_url.removeprefix("http://")):
        read(source, "pipelines")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(JSONResponse({"ok": True}), id="another API"),
        pytest.param(JSONResponse({"results": "none"}), id="results is no list"),
        pytest.param(JSONResponse({"results": [{"properties": {}}]}), id="a record without id"),
        pytest.param(JSONResponse([1, 2]), id="a list"),
    ],
)
def test_an_answer_of_another_shape_is_said_clearly(vendor: HubSpotSandbox, answer: Response) -> None:
    """A wrong base_url or a changed API is a sentence, not a KeyError."""
    vendor.faults.add(lambda _: answer, at="/crm/v3/objects/contacts")

    with pytest.raises(TransientError, match="unexpected answer at GET /crm/v3/objects/contacts"):
        read(connect(vendor))


@pytest.mark.parametrize("stream", list(OBJECT_KINDS))
def test_a_record_that_says_hardly_anything_is_read(vendor: HubSpotSandbox, stream: str) -> None:
    """Other hosts that speak this API leave out what is not needed: times, properties, empty relations."""
    vendor.reset(empty=True)
    generous(vendor).limits.tells = False
    bare = JSONResponse({"results": [{"id": "7"}, {"id": 8, "properties": None, "associations": None}]})
    vendor.faults.add(lambda _: bare, at=f"/crm/v3/objects/{stream}")
    source = connect(vendor)

    records, cursor = read(source, stream)

    assert [record.id for record in records] == ["7", "8"]
    assert by_id(records)["8"]["properties"] == {}
    assert read(source, stream, cursor)[0] == []


def test_pages_shorter_than_asked_for_are_read_to_the_end(vendor: HubSpotSandbox) -> None:
    """What a page holds is the host's to say; only the last one says that it is the last."""
    vendor.most_listed, vendor.limits.tells = 7, False

    records, _ = read(connect(vendor))

    assert len(records) == len(vendor.portal.records["contacts"])


def test_a_redirect_is_not_followed(vendor: HubSpotSandbox) -> None:
    """It would carry the token to wherever it points."""
    vendor.faults.add(lambda _: Response(status_code=302, headers={"Location": "http://127.0.0.1:1/"}))

    with pytest.raises(SetupError, match="redirect"):
        read(connect(vendor))


def test_relations_that_could_not_be_read_fail_the_read(vendor: HubSpotSandbox) -> None:
    """207 also says "none", which is no fault; anything else would lose relations silently."""
    body = {"status": "COMPLETE", "results": [], "errors": [{"category": "INTERNAL", "message": "no"}]}
    source = connect(vendor)
    _, cursor = read(source)
    vendor.update("contacts", "102", jobtitle="Chair")
    vendor.faults.add(lambda _: JSONResponse(body, 207), at="/crm/v4/associations")

    with pytest.raises(TransientError, match="relations could not be read"):
        read(source, cursor=cursor)


def test_sorts_are_written_the_other_way_after_a_refusal(vendor: HubSpotSandbox) -> None:
    """The vendor's guide and its API description differ on how a sort is written."""
    vendor.faults.add(says(400, category="VALIDATION_ERROR", message="sorts"), at="/search")
    source = connect(vendor)

    read(source)

    assert [body["sorts"] for path, body in vendor.bodies if path.endswith("/search")] == [["hs_object_id"]]


@pytest.mark.parametrize("oauth", [False, True])
def test_secrets_reach_no_text_and_no_log(
    vendor: HubSpotSandbox, oauth: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Not by repr, not when the vendor repeats the token, not at the most talkative log level."""
    source = by_oauth(vendor) if oauth else connect(vendor)
    secrets = [TOKEN, CLIENT["client_secret"], CLIENT["refresh_token"], "sandbox-access-token"]
    with caplog.at_level(logging.DEBUG):
        read(source)
        leak = f"The token {TOKEN} {CLIENT['refresh_token']} sandbox-access-token-1 expired"
        vendor.faults.add(says(403, category="MISSING_SCOPES", message=leak))
        with pytest.raises(ConnectorError) as caught:
            read(source, "owners")

    texts = [repr(source.config), str(source.config), str(caught.value), caught.value.fix, caplog.text]
    known = secrets[1:] if oauth else secrets[:1]
    assert not [secret for secret in known for text in texts if secret in text]


def test_half_a_set_of_settings_is_refused_without_showing_them() -> None:
    """Validation errors repeat their input, unless told not to."""
    with pytest.raises(ValidationError, match="give token, or all of") as caught:
        HubSpotConfig(client_id="app", client_secret="very-secret")

    assert "very-secret" not in str(caught.value)


def test_plain_http_is_for_this_machine_only() -> None:
    """The token would travel in the clear."""
    with pytest.raises(SetupError, match="unencrypted"):
        HubSpot(HubSpotConfig(base_url="http://crm.example.com", token=TOKEN))
