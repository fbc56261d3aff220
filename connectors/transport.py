"""One way out for every connector that speaks by `requests`, SDKs included.

An SDK that takes a session gets one from `make_session`: its calls are counted, paced, retried where a
retry is right, and sent to `base_url` even when the SDK insists on https or on a host of its own.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_exponential, wait_random

from connectors import clock
from connectors.allowance import limits_in
from connectors.errors import SetupError, TransientError
from connectors.pace import LONGEST_WAIT as LONGEST_WAIT
from connectors.pace import Pace

ATTEMPTS = 5
CONNECT_SECONDS = 10
READ_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Again:
    """This answer is not final: call again.

    Attributes:
        text: what the vendor said, for a person.
        after: seconds to wait; None: back off by our own measure.
        attempts: how many attempts in all are right for this fault.
    """

    text: str
    after: float | None = None
    attempts: int = ATTEMPTS


Judge = Callable[[requests.Response], Again | None]
"""Looks at an answer: None when it is final (good or bad), `Again` when the call should be repeated."""

RETRY_STATUSES = frozenset({429, 502, 503, 504})


def retry_after(response: requests.Response) -> float | None:
    """Read `Retry-After`, seconds or a date (RFC 9110, 10.2.3), as seconds from now; None when absent or neither.

    A date is read by the sender's own clock, its `Date`, where it tells that; one that is past says nothing.
    """
    value = response.headers.get("Retry-After", "")
    if value.replace(".", "", 1).isdigit():
        return float(value)
    until, now = _http_date(value), _http_date(response.headers.get("Date", "")) or datetime.now(UTC)
    return (until - now).total_seconds() if until and until > now else None


def _http_date(value: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def usual_judge(response: requests.Response) -> Again | None:
    """Repeat 429, 502, 503 and 504, as long as the vendor says; everything else is final."""
    if response.status_code not in RETRY_STATUSES:
        return None
    return Again(f"HTTP {response.status_code}", retry_after(response))


def checked_base_url(url: str) -> str:
    """Give `url` without a trailing slash.

    Raises:
        SetupError: not http(s), or plain http to a host that is not this machine.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SetupError(f"base_url {url!r} is not an address", fix="write it like https://api.example.com")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise SetupError(
            f"base_url {url!r} would send credentials unencrypted",
            fix="use https; plain http is accepted for this machine only (127.0.0.1, localhost)",
        )
    return url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


class _AgainError(Exception):
    def __init__(self, again: Again) -> None:
        super().__init__(again.text)
        self.again = again


class VendorAdapter(HTTPAdapter):
    """Sends a request as the vendor allows: to the right host, counted, paced, repeated where right.

    Args:
        name: the vendor, for messages.
        on_call: called once per attempt.
        pace: waited for before each attempt, told to rest when the vendor says so.
        judge: which answers to repeat.
        base_url: where to send requests whatever host they name; None leaves them alone.
    """

    def __init__(
        self, name: str, on_call: Callable[[], None], pace: Pace, judge: Judge, base_url: str | None = None
    ) -> None:
        super().__init__()
        self._name = name
        self._on_call = on_call
        self._pace = pace
        self._judge = judge
        self._base = urlsplit(base_url) if base_url else None

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if self._base is not None and request.url is not None:
            path = urlsplit(request.url)
            request.url = urlunsplit((self._base.scheme, self._base.netloc, path.path, path.query, path.fragment))
        kwargs["timeout"] = kwargs.get("timeout") or (CONNECT_SECONDS, READ_SECONDS)
        retrying = Retrying(
            sleep=clock.sleep,
            stop=self._stop,
            wait=self._wait,
            retry=retry_if_exception_type(_AgainError),
            reraise=True,
        )
        try:
            return retrying(self._send_once, request, *args, **kwargs)
        except _AgainError as error:
            raise TransientError(
                f"{self._name}: {error.again.text} at {request.method} {urlsplit(request.url or '').path}",
                fix="it is tried again at the next run; see the vendor's status page if it goes on",
                retry_after=error.again.after,
            ) from error

    def _send_once(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self._pace.wait()
        self._on_call()
        try:
            response = super().send(request, *args, **kwargs)
            if not kwargs.get("stream"):
                _ = response.content  # a body cut short fails here, inside the retry
        except (requests.exceptions.InvalidURL, requests.exceptions.SSLError) as error:
            raise SetupError(
                f"{self._name}: {type(error).__name__} at {urlsplit(request.url or '').netloc}",
                fix="check base_url and ca_bundle",
            ) from error
        except requests.RequestException as error:
            raise _AgainError(Again(f"no answer ({type(error).__name__})")) from error
        self._pace.told(limits_in(response.headers))
        if response.is_redirect:
            raise SetupError(
                f"{self._name}: {urlsplit(request.url or '').netloc} answers with a redirect, which is not followed",
                fix=f"if you trust it, set base_url to where it leads: {urlsplit(response.headers['Location']).netloc}",
            )
        if again := self._judge(response):
            if again.after:
                self._pace.rest(min(again.after, LONGEST_WAIT))
            raise _AgainError(again)
        return response

    def close(self) -> None:
        super().close()
        self._pace.close()

    @staticmethod
    def _stop(state: RetryCallState) -> bool:
        error = state.outcome.exception() if state.outcome else None
        again = error.again if isinstance(error, _AgainError) else Again("")
        return stop_after_attempt(again.attempts)(state) or (again.after or 0) > LONGEST_WAIT

    @staticmethod
    def _wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        told = error.again.after if isinstance(error, _AgainError) else None
        backoff = (wait_exponential(multiplier=0.2, max=30) + wait_random(0, 0.3))(state)
        return told + min(backoff, 0.5) if told is not None else backoff


def make_session(
    name: str,
    on_call: Callable[[], None],
    *,
    pace: Pace | None = None,
    judge: Judge = usual_judge,
    base_url: str | None = None,
    ca_bundle: str | None = None,
) -> requests.Session:
    """Make a session whose every call goes through `VendorAdapter`.

    A redirect is refused there: followed to plain http it would carry the credentials along.
    """
    session = requests.Session()
    session.trust_env = False
    session.headers["User-Agent"] = "sell-hub"
    if ca_bundle:
        session.verify = ca_bundle
    adapter = VendorAdapter(name, on_call, pace or Pace(None), judge, base_url)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
