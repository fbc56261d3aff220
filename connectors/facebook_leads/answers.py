"""What the Graph API's answers mean: try again, wait, or a person must do something.

Source of facts: Graph API, Error Handling and Rate Limits. The status is often 400 whatever is wrong, so
the error's `code` decides. Messages may quote what was asked for, so they are left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import requests

from connectors.connector import JsonObject
from connectors.errors import ConnectorError, CredentialsError, QuotaError, SetupError, TransientError
from connectors.transport import LONGEST_WAIT, RETRY_STATUSES, Again, retry_after

TITLE = "Facebook Lead Ads"
PASSING = frozenset({1, 2})
TOO_MANY = frozenset({4, 17, 32, 341, 613, 80005})
TOKEN_REFUSED = frozenset({102, 104, 190, 2500})
RIGHTS = frozenset({3, 10, *range(200, 300)})
UNKNOWN_ID = frozenset({100, 803})
TOO_MANY_ATTEMPTS = 3
PERCENTAGES = ("call_count", "total_cputime", "total_time")
USAGE_HEADERS = ("X-App-Usage", "X-Business-Use-Case-Usage")
WHY = {
    458: "the app is no longer installed",
    460: "the person's password was changed",
    463: "it has expired",
    464: "the person must log in again",
    467: "it was revoked",
    492: "the person has lost their role at the page",
}
"""What a token's subcode says."""
FIX_TOKEN = "make a new long-lived page token and store it where `token` points to"  # noqa: S105 -- advice
FIX_RIGHTS = (
    "make a page token with leads_retrieval, pages_show_list, pages_read_engagement and pages_manage_ads; in "
    "Business settings > Leads access, give its person and the app access to the page's leads"
)


class RefusedCallError(SetupError):
    """What was asked for is not there, not ours, or not asked in a way that the vendor takes (code 100)."""


def json_object(response: requests.Response) -> JsonObject | None:
    """Read the body as a JSON object; None when it is something else (a proxy's page, half an answer)."""
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def error_of(response: requests.Response) -> JsonObject:
    """Give the error envelope; empty where there is none."""
    error = (json_object(response) or {}).get("error")
    return error if isinstance(error, dict) else {}


def code_of(response: requests.Response) -> int:
    """Give the error's code; 0 where there is none."""
    code = error_of(response).get("code")
    return code if isinstance(code, int) else 0


def judge(response: requests.Response) -> Again | None:
    """Repeat what passes by itself; a limit only where its wait is known to be short, or not known."""
    code, status = code_of(response), response.status_code
    if code in TOO_MANY or status == 429:
        wait = wait_of(response)
        text = f"too many calls (code {code}, HTTP {status})"
        return None if (wait or 0) > LONGEST_WAIT else Again(text, wait, TOO_MANY_ATTEMPTS)
    if code in TOKEN_REFUSED | RIGHTS | UNKNOWN_ID:
        return None
    if code in PASSING or status in RETRY_STATUSES or status >= 500:
        return Again(f"HTTP {status}, code {code}", retry_after(response))
    if status < 300 and json_object(response) is None:
        return Again(f"HTTP {status} without JSON", retry_after(response))
    return None


def refusal(response: requests.Response, path: str) -> ConnectorError | None:
    """Name what a final answer says is wrong; None when it is good. An error may come with HTTP 200, too."""
    error, status, code = error_of(response), response.status_code, code_of(response)
    if status < 300 and not error:
        return None
    text = f"{TITLE}: {_named(error)} (HTTP {status}) at {path}"
    if code in TOO_MANY or status == 429:
        return QuotaError(text, fix="it is tried again at the next run", retry_after=wait_of(response))
    if code in TOKEN_REFUSED or (status == 401 and not code):
        return CredentialsError(text, fix=FIX_TOKEN)
    if code in RIGHTS or (status == 403 and not code):
        return SetupError(text, fix=FIX_RIGHTS)
    if code in PASSING or status >= 500:
        return TransientError(text, fix="it is tried again at the next run")
    return RefusedCallError(text, fix="check `page`, `forms`, `api_version` and `base_url`")


def has_seen_token(response: requests.Response) -> bool:
    """Tell whether an answer that refuses the token says why: then it was read, and need not be sent another way."""
    return error_of(response).get("error_subcode") in WHY


def _named(error: JsonObject) -> str:
    subcode = error.get("error_subcode")
    code = f"code {error.get('code', 'none')}" + (f".{subcode}" if subcode else "")
    why = WHY.get(subcode) if isinstance(subcode, int) else None
    return f"{error.get('type') or 'error'} {code}" + (f": the token is refused, {why}" if why else "")


def used(headers: Mapping[str, str]) -> float:
    """Tell how much of a limit is used, in per cent: the highest figure of any; 0 where none is told."""
    figures = [entry.get(name) for entry in _usages(headers) for name in PERCENTAGES]
    return max((float(figure) for figure in figures if isinstance(figure, int | float)), default=0.0)


def wait_of(response: requests.Response) -> float | None:
    """Tell for how many seconds calls are shut out; None where the vendor does not say."""
    minutes = [entry.get("estimated_time_to_regain_access") for entry in _usages(response.headers)]
    longest = max((float(each) for each in minutes if isinstance(each, int | float)), default=0.0)
    return longest * 60 or retry_after(response)


def _usages(headers: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    """Give each figure's object; in one header it stands alone, in the other in lists by page or app."""
    for name in USAGE_HEADERS:
        try:
            told = json.loads(headers.get(name) or "{}")
        except ValueError:
            continue
        if isinstance(told, dict):
            yield told
            yield from (
                entry for each in told.values() if isinstance(each, list) for entry in each if _is_object(entry)
            )


def _is_object(value: object) -> bool:
    return isinstance(value, dict)
