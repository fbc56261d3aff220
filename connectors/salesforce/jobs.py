"""Bulk API 2.0 query jobs: made, waited for, read page by page, removed.

simple-salesforce's own Bulk handler is not used: it reads the `204` of a removed job as JSON, and wants
headers that the API calls optional.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from connectors import clock
from connectors.connector import JsonObject
from connectors.errors import ConnectorError, SetupError, TransientError
from connectors.salesforce.client import OrgClient, json_object, vendor_clock
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.errors import Refused

LONGEST_CELL = 1 << 24
"""Characters of one field; Python's csv refuses more than 131,072 by itself."""
_OURS_TO_MEND = ("InvalidBatch", "INVALID_FIELD", "MALFORMED_QUERY", "INVALID_TYPE")


class JobSpoiledError(Exception):
    """A job is of no use any more: a new one must be made.

    Args:
        error: what people are told.
    """

    def __init__(self, error: ConnectorError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True, slots=True)
class ResultPage:
    """One page of a job's results."""

    rows: list[JsonObject]
    locator: str | None
    """Of the next page; None: this is the last."""


def create_job(client: OrgClient, soql: str, *, deleted_too: bool) -> tuple[str, str]:
    """Make a query job; give its id and the vendor's time of then."""
    body = {
        "operation": "queryAll" if deleted_too else "query",
        "query": soql,
        "contentType": "CSV",
        "columnDelimiter": "COMMA",
        "lineEnding": "LF",
    }
    answer = client.call("POST", "jobs/query", json=body)
    id_ = json_object(answer).get("id")
    if not id_:
        raise TransientError("Salesforce: a Bulk job was made, and its id is not told")
    return str(id_), vendor_clock(answer)


def wait_for_job(client: OrgClient, job: str, config: SalesforceConfig) -> int | None:
    """Wait until a job is complete; give how many rows it found, where it says so.

    Raises:
        JobSpoiledError: it failed or was aborted.
        TransientError: it takes too long.
    """
    waits = _waits(config)
    while True:
        info = client.json("GET", f"jobs/query/{job}")
        state = info.get("state")
        if state == "JobComplete":
            processed = info.get("numberRecordsProcessed")
            return None if processed is None else int(processed)
        if state in {"Failed", "Aborted"}:
            raise JobSpoiledError(_failure(job, info))
        if (wait := next(waits, None)) is None:
            raise TransientError(
                f"Salesforce: Bulk job {job} is still {state} after {config.poll_give_up_minutes:g} minutes",
                fix="the next run goes on waiting for it; or raise poll_give_up_minutes",
            )
        clock.sleep(wait)


def _waits(config: SalesforceConfig) -> Iterator[float]:
    wait, waited = config.poll_first_seconds, 0.0
    while waited < config.poll_give_up_minutes * 60:
        yield wait
        waited += wait
        wait = min(wait * 2, config.poll_longest_seconds)


def _failure(job: str, info: JsonObject) -> ConnectorError:
    said = str(info.get("errorMessage") or "no reason given")[:300]
    text = f"Salesforce: Bulk job {job} {str(info.get('state')).lower()}: {said}"
    if any(word in said for word in _OURS_TO_MEND):
        return SetupError(text, fix="check the integration user's rights to the fields named")
    return TransientError(text, fix="it is tried again at the next run; see Bulk Data Load Jobs in Setup")


def job_results(client: OrgClient, job: str, locator: str | None, size: int) -> ResultPage:
    """Read one page of results. Every page repeats the header line.

    Raises:
        TransientError: the page has fewer rows than its header says.
    """
    params = {"maxRecords": str(size)} | ({"locator": locator} if locator else {})
    answer = client.call("GET", f"jobs/query/{job}/results", params=params, headers={"Accept": "text/csv"})
    rows = read_csv(answer.content)
    told = answer.headers.get("Sforce-NumberOfRecords", "")
    if told.isdigit() and int(told) != len(rows):
        raise TransientError(
            f"Salesforce: a page of Bulk job {job} has {len(rows)} rows and should have {told}",
            fix="it is read again at the next run",
        )
    following = answer.headers.get("Sforce-Locator", "null")
    return ResultPage(rows, None if following in {"", "null"} else following)


def read_csv(content: bytes) -> list[JsonObject]:
    """Read CSV as Bulk sends it: UTF-8, a header, cells with line breaks, now and then a NUL byte."""
    csv.field_size_limit(LONGEST_CELL)
    text = content.decode("utf-8-sig").replace("\x00", "")
    return [dict(row) for row in csv.DictReader(io.StringIO(text, newline=""))]


def remove_job(client: OrgClient, job: str) -> None:
    """Remove a job that has been read; one that is gone already is as well."""
    try:
        client.call("DELETE", f"jobs/query/{job}")
    except Refused as refused:
        if refused.session_over:
            raise
