"""Bulk API 2.0 query jobs of the stand-in: state by polls, results as CSV by locator."""

from __future__ import annotations

import base64
import csv
import io
from dataclasses import dataclass, field
from typing import Any

from sandbox.salesforce.org import Org
from sandbox.salesforce.records import stamp
from sandbox.salesforce.schema import FieldShape
from sandbox.salesforce.soql import SoqlError


@dataclass
class Job:
    """One query job; its rows are what they were when it was made."""

    id: str
    operation: str
    sobject: str
    created: str
    columns: list[FieldShape]
    rows: list[list[str]]
    line_ending: str = "LF"
    state: str = "UploadComplete"
    error: str = ""
    polls_left: int = 1


@dataclass
class Jobs:
    """The org's query jobs.

    Attributes:
        page_size: rows of a result page at most, whatever `maxRecords` says.
        polls: how often a job is asked for before it is done.
        fail_with: errorMessage with which the next jobs fail; empty: they do not.
        short_by: rows that the results withhold, a fault.
    """

    org: Org
    version: str
    page_size: int = 50_000
    polls: int = 1
    fail_with: str = ""
    short_by: int = 0
    all: dict[str, Job] = field(default_factory=dict)
    _made: int = 0

    def create(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Make a job.

        Raises:
            SoqlError: the query is one that Bulk refuses.
        """
        operation = asked.get("operation")
        if operation not in {"query", "queryAll"}:
            raise SoqlError("INVALIDJOB", f"Unsupported operation '{operation}'")
        query, rows = self.org.run(asked.get("query", ""), deleted_too=operation == "queryAll")
        if not query.fields or query.offset:
            raise SoqlError("INVALIDJOB", "Aggregates and OFFSET are not supported in Bulk Query")
        types = {shape.name: shape for shape in self.org.shown(query.sobject)}
        columns = [types.get(name, FieldShape(name, "string")) for name in query.fields]
        if compound := [c.name for c in columns if c.type in {"address", "location"}]:
            raise SoqlError("FUNCTIONALITY_NOT_ENABLED", f"Compound field {compound[0]} not supported in Bulk")
        self._made += 1
        job = Job(
            id=f"7505f000000{self._made:04d}AAA",
            operation=operation,
            sobject=query.sobject,
            created=stamp(self.org.now),
            columns=columns,
            rows=[[_cell(self.org.look(row, c.name), c.type) for c in columns] for row in rows],
            line_ending=asked.get("lineEnding", "LF"),
            polls_left=self.polls,
        )
        self.all[job.id] = job
        return self.info(job)

    def poll(self, job: Job) -> dict[str, Any]:
        """Tell how far a job is, and let it go on."""
        if job.state in {"UploadComplete", "InProgress"}:
            job.state = "InProgress" if job.polls_left > 0 else "JobComplete"
            job.polls_left -= 1
        if self.fail_with and job.state == "JobComplete":
            job.state, job.error = "Failed", self.fail_with
        return self.info(job)

    def info(self, job: Job) -> dict[str, Any]:
        """Give a job's information."""
        info = {
            "id": job.id,
            "operation": job.operation,
            "object": job.sobject,
            "createdById": "0055f0000000001AAA",
            "createdDate": job.created,
            "systemModstamp": job.created,
            "state": job.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.version),
            "lineEnding": job.line_ending,
            "columnDelimiter": "COMMA",
        }
        if job.state != "UploadComplete":
            info |= {"jobType": "V2Query", "retries": 0, "totalProcessingTime": 334}
            info |= {"numberRecordsProcessed": len(job.rows), "isPkChunkingSupported": True}
        return info | ({"errorMessage": job.error} if job.error else {})

    def results(self, job: Job, wanted: int, locator: str) -> tuple[bytes, str, int]:
        """Give one page of results as CSV with its header, the locator behind it, and its row count.

        Raises:
            SoqlError: not complete yet, or a locator that is not this job's.
        """
        if job.state != "JobComplete":
            raise SoqlError("INVALIDJOBSTATE", "Results are not available: the job is not complete")
        start = _position(locator) if locator else 0
        end = min(start + min(wanted, self.page_size), len(job.rows))
        rows = job.rows[start : end - self.short_by]
        text = io.StringIO(newline="")
        ends = "\r\n" if job.line_ending == "CRLF" else "\n"
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator=ends)
        writer.writerows([[c.name for c in job.columns], *rows])
        return text.getvalue().encode(), _locator(end) if end < len(job.rows) else "null", len(rows)


def _cell(value: Any, kind: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).replace("+0000", "Z") if kind == "datetime" else str(value)


def _locator(position: int) -> str:
    return base64.b64encode(str(position).encode()).decode().rstrip("=")


def _position(locator: str) -> int:
    try:
        return int(base64.b64decode(locator + "=="))
    except ValueError as error:
        raise SoqlError("INVALID_QUERY_LOCATOR", "invalid query locator") from error
