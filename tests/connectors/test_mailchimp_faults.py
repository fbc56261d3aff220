"""What Mailchimp answers when it does not answer: overload, proxies, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.errors import CredentialsError, SetupError, TransientError
from connectors.mailchimp.client import MissingError, api_root
from connectors.mailchimp.connector import Mailchimp
from connectors.mailchimp.settings import MailchimpConfig
from sandbox.mailchimp import EVENTS, MailchimpSandbox, problem
from sandbox.vendor import Fault, cut_body, html, status

KEY = "5ec2e7c0ffee5ec2e7c0ffee5ec2e7c0-us7"


@pytest.fixture(scope="module")
def running() -> Iterator[MailchimpSandbox]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with MailchimpSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def vendor(running: MailchimpSandbox) -> MailchimpSandbox:
    """A running stand-in with its seeded audiences."""
    running.reset()
    return running


def read(vendor: MailchimpSandbox, **settings: Any) -> int:
    """Read the small audience to the end; gives how many records came."""
    config = MailchimpConfig(**{**vendor.settings(), "audience": EVENTS, **settings})
    with Mailchimp(config) as mailchimp:
        return sum(len(page.records) for page in mailchimp.pull("members", None))


@pytest.mark.parametrize(
    "fault",
    [
        status(429),
        status(429, retry_after=0.1),
        status(403, body="Forbidden"),
        status(500),
        status(503, retry_after=0.1),
        html(200),
        cut_body,
    ],
    ids=["429", "429 Retry-After", "bare 403", "500", "503", "HTML", "cut body"],
)
def test_a_passing_fault_costs_a_call_and_nothing_else(vendor: MailchimpSandbox, fault: Fault) -> None:
    """At high load the vendor answers 429 or 403 without JSON, and proxies answer what they like."""
    vendor.faults.add(fault, at="/members")

    with vendor.counting() as calls:
        assert read(vendor) == len(vendor.members[EVENTS])

    assert len(calls) == 3


def test_a_long_rest_asked_for_ends_the_run(vendor: MailchimpSandbox) -> None:
    """Waiting an hour inside a run helps nobody; the scheduler is told for how long."""
    vendor.faults.add(status(429, retry_after=3600), at="/members")

    with pytest.raises(TransientError) as caught:
        read(vendor)

    assert caught.value.retry_after == 3600


@pytest.mark.parametrize(
    ("code", "title", "error"),
    [
        (403, "Forbidden", SetupError),
        (403, "User Disabled", CredentialsError),
        (401, "API Key Invalid", CredentialsError),
        (404, "Resource Not Found", MissingError),
        (400, "Invalid Resource", SetupError),
    ],
)
def test_a_problem_document_is_final(vendor: MailchimpSandbox, code: int, title: str, error: type[SetupError]) -> None:
    """It is decided by its title, once; its detail may quote what was sent and is left out."""
    vendor.faults.add(lambda _: problem(code, title, "about ann@example.com"), at="/members")

    with vendor.counting() as calls, pytest.raises(SetupError, match=title) as caught:
        read(vendor)

    assert type(caught.value) is error
    assert len(calls) == 1
    assert "ann@example.com" not in str(caught.value)


def test_a_wrong_key_is_told_without_showing_it(vendor: MailchimpSandbox) -> None:
    """Neither the error nor the settings show a key."""
    with pytest.raises(CredentialsError) as caught:
        read(vendor, token=KEY)

    assert "API Key Invalid" in str(caught.value)
    assert KEY not in f"{caught.value!r}{caught.value.fix}{MailchimpConfig(token=SecretStr(KEY))!r}"


def test_check_of_a_wrong_key_is_an_error_of_credentials(vendor: MailchimpSandbox) -> None:
    """The command line ends with its own exit code for this."""
    config = MailchimpConfig(base_url=vendor.base_url, token=SecretStr(KEY))

    with Mailchimp(config) as mailchimp, pytest.raises(CredentialsError):
        mailchimp.check()


def test_a_wrong_setting_does_not_print_the_others(vendor: MailchimpSandbox) -> None:
    """A validation error quotes its input elsewhere; here the key may lie beside it."""
    with pytest.raises(ValidationError) as caught:
        MailchimpConfig.model_validate({"token": {"key": KEY}, "audiense": KEY})

    assert KEY not in str(caught.value)


def test_a_redirect_to_plain_http_is_not_followed(vendor: MailchimpSandbox) -> None:
    """The vendor once redirected /3.0 to http: following it would send the key in the clear."""
    with MailchimpSandbox() as elsewhere:
        location = f"{elsewhere.base_url}/3.0/lists"
        vendor.faults.add(lambda _: Response("", 301, {"Location": location}), at="/members")

        with pytest.raises(SetupError, match="redirect"):
            read(vendor)

        assert elsewhere.calls == []


@pytest.mark.parametrize("body", [{}, {"members": None, "total_items": 0}, {"members": []}])
def test_an_answer_without_members_or_total_is_no_empty_audience(
    vendor: MailchimpSandbox, body: dict[str, Any]
) -> None:
    """An answer that cannot prove the read complete is a fault that may pass."""

    def answer(_: Request) -> Response:
        return JSONResponse(body)

    vendor.faults.add(answer, at="/members")

    with pytest.raises(TransientError):
        read(vendor)


def test_a_listing_that_stays_short_is_an_error(vendor: MailchimpSandbox) -> None:
    """It says that there are five and shows none, each time."""
    vendor.faults.add(lambda _: JSONResponse({"members": [], "total_items": 5}), at="/members", times=6)

    with pytest.raises(TransientError, match="read short"):
        read(vendor)


@pytest.mark.parametrize(
    ("token", "base_url", "root"),
    [
        ("abc-us19", None, "https://us19.api.mailchimp.com/3.0"),
        ("abc", "http://127.0.0.1:8080", "http://127.0.0.1:8080/3.0"),
        ("abc", "http://127.0.0.1:8080/", "http://127.0.0.1:8080/3.0"),
        ("abc", "http://server.localhost:8080/3.0", "http://server.localhost:8080/3.0"),
    ],
)
def test_the_api_is_at_base_url_else_in_the_keys_data_centre(token: str, base_url: str | None, root: str) -> None:
    """With or without the version in `base_url`."""
    assert api_root(token, base_url) == root


@pytest.mark.parametrize("token", ["abc", "abc-", "abc-us19.example.com/", "abc-us19@example.com"])
def test_a_key_without_data_centre_needs_a_base_url(token: str) -> None:
    """What stands behind the hyphen becomes a host name: nothing else is let through."""
    with pytest.raises(SetupError, match="data centre"):
        api_root(token, None)


def test_plain_http_to_another_machine_is_refused() -> None:
    """The key would travel unencrypted."""
    with pytest.raises(SetupError, match="unencrypted"):
        Mailchimp(MailchimpConfig(base_url="http://api.example.com", token=SecretStr(KEY)))
