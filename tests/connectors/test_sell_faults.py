"""What Sell answers when it does not answer: limits, proxies, refusals, lists that do not obey."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.sell.api import api_root, errors_of
from connectors.sell.settings import pace_of
from sandbox.sell.standin import SellSandbox, error
from tests.connectors.sell_reading import all_ids, connect, ids, read


@pytest.fixture(scope="module")
def running() -> Iterator[SellSandbox]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with SellSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: SellSandbox) -> SellSandbox:
    """A running stand-in with its seeded account."""
    running.reset()
    return running


def test_500_is_not_asked_again_at_once(vendor: SellSandbox) -> None:
    """`server_error`: the next run tries."""
    vendor.faults.add(lambda _: error(500, "server_error"), at="/v2/leads")

    with vendor.counting() as calls, pytest.raises(TransientError, match="server_error"):
        read(vendor, "leads")

    assert [call.path for call in calls].count("/v2/leads") == 1


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [(401, CredentialsError, "new token"), (403, SetupError, "scope"), (404, SetupError, "base_url")],
)
def test_a_refusal_says_what_to_do(vendor: SellSandbox, code: int, kind: type[SetupError], words: str) -> None:
    """Revoked while we read, no right, no such path."""
    vendor.faults.add(lambda _: error(code, "said_so"), at="/v2/leads")

    with pytest.raises(kind, match="said_so") as caught:
        read(vendor, "leads")

    assert words in caught.value.fix


def test_messages_that_may_quote_data_are_left_out(vendor: SellSandbox) -> None:
    """Of the envelope, code and field are enough."""
    body = {"errors": [{"error": {"code": "invalid_param", "message": "ann@example.com is bad", "field": "/sort_by"}}]}
    vendor.faults.add(lambda _: JSONResponse(body, 400), at="/v2/leads")

    with pytest.raises(SetupError, match="invalid_param /sort_by") as caught:
        read(vendor, "leads")

    assert "ann@" not in str(caught.value)


@pytest.mark.parametrize("body", [{"errors": "text"}, {"errors": [{}]}, {"errors": ["x"]}, {}, [1]])
def test_an_odd_error_envelope_is_borne(vendor: SellSandbox, body: Any) -> None:
    vendor.faults.add(lambda _: JSONResponse(body, 404), at="/v2/leads")

    with pytest.raises(SetupError, match="HTTP 404"):
        read(vendor, "leads")


@pytest.mark.parametrize("body", [{}, {"items": None}, {"items": ["x"]}])
def test_an_answer_without_items_is_not_an_empty_list(vendor: SellSandbox, body: Any) -> None:
    """Short is never green."""
    vendor.faults.add(lambda _: JSONResponse(body), at="/v2/leads")

    with pytest.raises(TransientError, match="items"):
        read(vendor, "leads")


def test_a_list_that_ignores_the_order_is_not_taken_for_complete(vendor: SellSandbox) -> None:
    """Newest first is what tells where to stop."""
    vendor.account.add_leads(150)
    _, cursor = read(vendor, "leads")
    vendor.account.change("leads", next(iter(vendor.account.tables["leads"].values())), title="x")
    vendor.obeys_sort = False

    with pytest.raises(TransientError, match="order"):
        read(vendor, "leads", cursor)


def test_a_list_that_ignores_the_page_is_not_read_forever(vendor: SellSandbox) -> None:
    """A stand-in of somebody else's, or a proxy that drops the query."""
    vendor.account.add_leads(150)
    row = next(iter(vendor.account.tables["leads"].values()))
    body = {"items": [{"data": {**row, "id": n}} for n in range(1, 101)], "meta": {"links": {"next_page": "x"}}}
    vendor.faults.add(lambda _: JSONResponse(body), at="/v2/leads", times=9)

    with pytest.raises(TransientError, match="another page number"):
        read(vendor, "leads")


def test_no_call_goes_out_without_a_name_and_the_token(vendor: SellSandbox) -> None:
    """`User-Agent` is mandatory here."""
    seen: list[Any] = []

    def look(request: Request) -> Response | None:
        seen.append(dict(request.headers))
        return None

    vendor.faults.add(look, at="/v2/leads")
    read(vendor, "leads")

    assert seen[0]["user-agent"]
    assert seen[0]["accept"] == "application/json"
    assert seen[0]["authorization"] == f"Bearer {vendor.token}"


def test_we_stay_below_what_the_vendor_allows(vendor: SellSandbox) -> None:
    """Ten a second a token: paced, so that it never has to refuse; half of it with half a share."""
    pace = pace_of(8, 0.5)

    assert (pace._rate, pace._burst) == (4, 4)


def test_a_limit_that_is_met_is_borne(vendor: SellSandbox) -> None:
    """429 in plain text, without `Retry-After`: we back off by our own measure."""
    vendor.calls_per_second = 5
    vendor.account.add_leads(600)

    records, _ = read(vendor, "leads")

    assert set(ids(records)) == all_ids(vendor)


@pytest.mark.parametrize(
    ("base_url", "root"),
    [
        (None, "https://api.getbase.com/v2"),
        ("https://sell.example/v2/", "https://sell.example/v2"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v2"),
    ],
)
def test_base_url_leads_to_any_host(base_url: str | None, root: str) -> None:
    assert api_root(base_url) == root


def test_a_wrong_base_url_is_told_as_one(vendor: SellSandbox) -> None:
    """A host that is there and speaks something else."""
    with pytest.raises(SetupError) as caught:
        read(vendor, "leads", base_url=vendor.base_url + "/elsewhere")

    assert "base_url" in caught.value.fix


def test_the_token_shows_nowhere(vendor: SellSandbox) -> None:
    """Not in the settings' repr, not in that of what signs our calls."""
    with connect(vendor) as sell:
        assert vendor.token not in repr(sell.config) + repr(sell._api._auth) + repr(vars(sell._api))


def test_errors_of_reads_several() -> None:
    """One answer may hold more than one fault."""
    response = requests.Response()
    response._content = (
        b'{"errors":[{"error":{"code":"missing","field":"/last_name"}},{"error":{"code":"blank","field":"/name"}}]}'
    )

    assert errors_of(response) == [("missing", "/last_name"), ("blank", "/name")]
