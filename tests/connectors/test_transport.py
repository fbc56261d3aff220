"""The session that every connector speaks through, against a server on loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence

import pytest
import requests
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.errors import SetupError, TransientError
from connectors.pace import Pace
from connectors.transport import Again, checked_base_url, make_session, retry_after, usual_judge
from sandbox.vendor import Fault, Faults, Vendor, cut_body, status


class Echo(Vendor):
    """Answers every path with what it was asked."""

    name = "echo"

    def routes(self) -> Sequence[Route]:
        return [Route("/{path:path}", self._echo, methods=["GET", "POST"])]

    @staticmethod
    def _echo(request: Request) -> Response:
        return JSONResponse({"path": request.url.path, "query": request.url.query})


@pytest.fixture(scope="module")
def running() -> Iterator[Echo]:
    """One server for all tests here: starting and stopping one takes longer than a test."""
    with Echo() as echo:
        yield echo


@pytest.fixture
def vendor(running: Echo) -> Echo:
    """A running server that nobody has called yet."""
    running.calls.clear()
    running.faults = Faults()
    return running


@pytest.fixture
def counted() -> list[int]:
    """One entry for each attempt that was counted."""
    return []


@pytest.fixture
def session(counted: list[int]) -> Iterator[requests.Session]:
    """A session with the usual judge."""
    with make_session("Echo", lambda: counted.append(1)) as made:
        yield made


@pytest.mark.parametrize(
    "fault",
    [status(429), status(429, retry_after=0.1), status(502), status(503, retry_after=0), status(504), cut_body],
    ids=["429", "429 Retry-After", "502", "503 Retry-After: 0", "504", "cut body"],
)
def test_a_fault_that_may_pass_is_tried_again(
    vendor: Echo, session: requests.Session, counted: list[int], fault: Fault
) -> None:
    """And each attempt is counted: the vendor counts them too."""
    vendor.faults.add(fault)

    assert session.get(f"{vendor.base_url}/x").json()["path"] == "/x"
    assert len(counted) == len(vendor.calls) == 2


@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 422, 500])
def test_any_other_answer_is_final(vendor: Echo, session: requests.Session, code: int) -> None:
    """Repeating what was refused is refused again."""
    vendor.faults.add(status(code))

    assert session.get(f"{vendor.base_url}/x").status_code == code
    assert len(vendor.calls) == 1


def test_a_fault_that_stays_is_an_error_that_says_where(vendor: Echo) -> None:
    """Vendor, call and path; neither host nor query, which may hold a secret."""
    vendor.faults.add(status(503), times=9)

    def judge(response: requests.Response) -> Again | None:
        return Again(f"HTTP {response.status_code}", attempts=2)

    with (
        make_session("Echo", lambda: None, judge=judge) as session,
        pytest.raises(TransientError, match=r"Echo: HTTP 503 at GET /x$"),
    ):
        session.get(f"{vendor.base_url}/x?key=secret")

    assert len(vendor.calls) == 2


def test_a_longer_wish_than_we_wait_ends_the_run(vendor: Echo, session: requests.Session) -> None:
    """The error carries it, so that the scheduler can wait in our place."""
    vendor.faults.add(status(429, retry_after=600))

    with pytest.raises(TransientError) as caught:
        session.get(f"{vendor.base_url}/x")

    assert caught.value.retry_after == 600
    assert len(vendor.calls) == 1


def test_everybody_rests_when_one_call_is_told_to(vendor: Echo) -> None:
    """The allowance is the account's, not the call's."""
    now = [0.0]
    pace = Pace(None, clock=lambda: now[0], sleep=lambda seconds: now.append(now.pop() + seconds))
    vendor.faults.add(status(429, retry_after=0.1))

    with make_session("Echo", lambda: None, pace=pace) as session:
        session.get(f"{vendor.base_url}/x")

    assert now == [0.1]


def test_nobody_there_is_a_fault_that_may_pass(counted: list[int]) -> None:
    """Refused connections are tried again; the error names the vendor."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]

    with make_session("Echo", lambda: counted.append(1)) as session, pytest.raises(TransientError, match="no answer"):
        session.get(f"http://127.0.0.1:{port}/x")

    assert len(counted) == 5


def test_a_client_that_insists_on_its_host_is_sent_to_ours(vendor: Echo) -> None:
    """Path and query stay; scheme and host are those of `base_url`."""
    with make_session("Echo", lambda: None, base_url=vendor.base_url) as session:
        answer = session.get("https://login.example.com/services/x?a=b%20c").json()

    assert answer == {"path": "/services/x", "query": "a=b%20c"}


def test_no_redirect_is_followed(vendor: Echo, session: requests.Session) -> None:
    """It could carry credentials to plain http."""
    vendor.faults.add(lambda _: Response("", 302, {"Location": f"{vendor.base_url}/elsewhere"}))

    with pytest.raises(SetupError, match="redirect"):
        session.get(f"{vendor.base_url}/x")

    assert [call.path for call in vendor.calls] == ["/x"]


def test_credentials_of_the_environment_are_not_sent(
    vendor: Echo, session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a proxy of the machine nor its .netrc has a say in what we send."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    assert session.get(f"{vendor.base_url}/x").ok


@pytest.mark.parametrize(
    "url",
    ["https://api.example.com/", "http://127.0.0.1:80", "http://localhost", "http://[::1]:1", "http://a.localhost"],
)
def test_an_address_may_be_https_or_this_machine(url: str) -> None:
    """Given without its trailing slash."""
    assert checked_base_url(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url", ["http://api.example.com", "http://10.0.0.1", "http://127.0.0.1.example.com", "ftp://localhost", "api", ""]
)
def test_any_other_address_is_refused(url: str) -> None:
    """Plain http would send credentials unencrypted; the fix says what to write."""
    with pytest.raises(SetupError) as caught:
        checked_base_url(url)

    assert caught.value.fix


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        ("0.5", 0.5),
        ("", None),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 60),
        ("Wed, 21 Oct 2026 07:26:00 GMT", None),
        ("Someday", None),
        ("-1", None),
    ],
)
def test_retry_after_is_read_in_seconds(value: str, seconds: float | None) -> None:
    """A date is read by the sender's clock; one that is past, or nonsense, leaves the measure to us."""
    response = requests.Response()
    response.status_code = 429
    response.headers["Retry-After"] = value
    response.headers["Date"] = "Wed, 21 Oct 2026 07:27:00 GMT"

    again = usual_judge(response)

    assert retry_after(response) == seconds
    assert again is not None
    assert again.after == seconds
