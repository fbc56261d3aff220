"""A stand-in of a Salesforce org: REST queries, describe, limits, composite, Bulk 2.0 query jobs, OAuth.

It holds the same records at each start (`salesforce_records`); `org` is where a test changes them.
"""

from __future__ import annotations

import gzip
import itertools
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.salesforce.jobs import Jobs
from sandbox.salesforce.logins import (
    CLIENT_ID,
    CLIENT_SECRET,
    PASSWORD,
    READY_TOKEN,
    SECURITY_TOKEN,
    USERNAME,
    Logins,
    private_key,
)
from sandbox.salesforce.org import Org
from sandbox.salesforce.records import Row, stamp
from sandbox.salesforce.soql import Query, SoqlError
from sandbox.vendor import Faults, Vendor

VERSION = "62.0"
LAST_SOAP_VERSION = 64
LONGEST_URL = 16_384
"""Bytes of URL and headers."""

_STATUS = {"NOT_FOUND": 404, "INVALID_SESSION_ID": 401, "REQUEST_LIMIT_EXCEEDED": 403}
_FLOWS = {
    "token": {"access_token": READY_TOKEN},
    "soap": {"username": USERNAME, "password": PASSWORD, "security_token": SECURITY_TOKEN},
    "password": {
        "username": USERNAME,
        "password": PASSWORD,
        "security_token": SECURITY_TOKEN,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    },
    "client": {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
}


class SalesforceSandbox(Vendor):
    """One org over HTTP.

    Attributes:
        page_size: records of a query page at most.
        daily_max: API calls a day, as the limit header tells; beyond, 403 REQUEST_LIMIT_EXCEEDED.
        bulk_expired_status: HTTP status with which a Bulk call tells that the session is over.
        bulk_off: whether the org lacks the Bulk API.
        soap_off: whether it no longer offers SOAP's login.
    """

    name = "salesforce"

    def __init__(self, *, empty: bool = False) -> None:
        super().__init__()
        self.reset(empty=empty)

    def reset(self, *, empty: bool = False) -> None:
        """Be as at the start again: records, sessions, jobs, limits, faults; the address stays."""
        self.faults = Faults()
        self.org = Org(empty=empty)
        self.logins = Logins()
        self.jobs = Jobs(self.org, VERSION)
        self.page_size = 2000
        self.daily_max = 15_000
        self.used = 0
        self.bulk_expired_status = 401
        self.bulk_off = False
        self.soap_off = False
        self._open: dict[str, tuple[Query, list[str]]] = {}
        self._numbers = itertools.count(1)

    def settings(self, flow: str = "token") -> dict[str, str]:
        """Give the address and the credentials of a flow: token, soap, password, client or jwt."""
        if flow == "jwt":
            keyed = {"client_id": CLIENT_ID, "username": USERNAME, "private_key": private_key()}
            return {"base_url": self.base_url} | keyed
        return {"base_url": self.base_url} | _FLOWS[flow]

    def expire_sessions(self) -> None:
        """End all sessions."""
        self.logins.expire()

    def routes(self) -> Sequence[BaseRoute]:
        data = f"/services/data/v{VERSION}"
        guarded: list[tuple[str, Callable[[Request], Response]]] = [
            ("/query", lambda r: self._first(r, deleted_too=False)),
            ("/queryAll", lambda r: self._first(r, deleted_too=True)),
            ("/query/{locator}", self._next),
            ("/queryAll/{locator}", self._next),
            ("/sobjects", self._sobjects),
            ("/sobjects/{sobject}/describe", self._describe),
            ("/sobjects/{sobject}/deleted", self._deleted),
            ("/sobjects/{sobject}/updated", self._updated),
            ("/sobjects/{sobject}/{record_id}", self._one),
            ("/limits", self._limits),
            ("/limits/recordCount", self._record_count),
            ("/jobs/query/{job}", self._job),
            ("/jobs/query/{job}/results", self._results),
        ]
        return [
            Route("/services/oauth2/token", self._token, methods=["POST"]),
            Route("/services/Soap/u/{version}", self._soap, methods=["POST"]),
            *self._both("/services/data", self._versions, ["GET"]),
            Route(f"{data}/composite", self._posted(self._composite), methods=["POST"]),
            Route(f"{data}/jobs/query", self._posted(self._create_job), methods=["POST"]),
            *[
                route
                for path, handler in guarded
                for route in self._both(data + path, self._guarded(handler), ["GET", "DELETE"])
            ],
        ]

    @staticmethod
    def _both(path: str, handler: Callable[[Request], Response], methods: list[str]) -> list[Route]:
        return [Route(path, handler, methods=methods), Route(path + "/", handler, methods=methods)]

    def _guarded(self, handler: Callable[[Request], Response]) -> Callable[[Request], Response]:
        def guarded(request: Request) -> Response:
            with self.lock:
                try:
                    answer = self._refused(request) or handler(request)
                except SoqlError as error:
                    answer = _error(_STATUS.get(error.code, 400), error.code, str(error))
                answer.headers["Sforce-Limit-Info"] = f"api-usage={self.used}/{self.daily_max}"
                return answer

        return guarded

    def _posted(self, handler: Callable[[Any], Response]) -> Callable[[Request], Any]:
        async def posted(request: Request) -> Response:
            body = await request.json()
            return self._guarded(lambda _: handler(body))(request)

        return posted

    def _refused(self, request: Request) -> Response | None:
        self.used += 1
        bulk = "/jobs/" in request.url.path
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.logins.tokens:
            status = self.bulk_expired_status if bulk else 401
            return _error(status, "INVALID_SESSION_ID", "Session expired or invalid")
        if self.used > self.daily_max:
            return _error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        if bulk and self.bulk_off:
            return _error(403, "FUNCTIONALITY_NOT_ENABLED", "Bulk API is not enabled for this organization")
        size = len(str(request.url)) + sum(len(k) + len(v) for k, v in request.headers.items())
        return Response("URI Too Long", status_code=414) if size > LONGEST_URL else None

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        status, body = self.logins.token({k: str(v) for k, v in form.items()}, self.base_url)
        return JSONResponse(body, status_code=status)

    async def _soap(self, request: Request) -> Response:
        if self.soap_off or float(request.path_params["version"]) > LAST_SOAP_VERSION:
            return Response("Not Found", status_code=404, media_type="text/plain")
        status, body = self.logins.soap((await request.body()).decode(), self.base_url)
        return Response(body, status_code=status, media_type="text/xml")

    def _versions(self, _: Request) -> Response:
        return JSONResponse([{"label": "Winter '25", "url": f"/services/data/v{VERSION}", "version": VERSION}])

    def _first(self, request: Request, *, deleted_too: bool) -> Response:
        return JSONResponse(self._query(request.query_params.get("q", ""), _batch(request), deleted_too=deleted_too))

    def _query(self, soql: str, batch: int, *, deleted_too: bool) -> dict[str, Any]:
        query, rows = self.org.run(soql, deleted_too=deleted_too)
        if not query.fields:
            return {"totalSize": len(rows), "done": True, "records": []}
        key = f"01g5f{next(self._numbers):010d}AAA"
        self._open[key] = (query, [row["Id"] for row in rows])
        return self._page(key, 0, batch)

    def _next(self, request: Request) -> Response:
        return JSONResponse(self.page_of(request))

    def page_of(self, request: Request, *, leaving_out: int = 0) -> dict[str, Any]:
        """Give the page that a `nextRecordsUrl` leads to; some rows may be withheld, a fault.

        Raises:
            SoqlError: INVALID_QUERY_LOCATOR.
        """
        key, _, start = request.url.path.rpartition("/")[2].rpartition("-")
        if key not in self._open or not start.isdigit():
            raise SoqlError("INVALID_QUERY_LOCATOR", "invalid query locator")
        page = self._page(key, int(start), _batch(request))
        return page | {"records": page["records"][leaving_out:]}

    def _page(self, key: str, start: int, batch: int) -> dict[str, Any]:
        """Give rows as they are now, of a list of ids as it was at the first page."""
        query, ids = self._open[key]
        end = start + min(batch, self.page_size)
        table = self.org.tables[query.sobject]
        page: dict[str, Any] = {"totalSize": len(ids), "done": end >= len(ids)}
        if not page["done"]:
            page["nextRecordsUrl"] = f"/services/data/v{VERSION}/query/{key}-{end}"
        page["records"] = [self._shown(query, table[i]) for i in ids[start:end] if i in table]
        return page

    def _shown(self, query: Query, row: Row) -> dict[str, Any]:
        shown: dict[str, Any] = {"attributes": _attributes(query.sobject, row["Id"])}
        for path in query.fields:
            name, _, rest = path.partition(".")
            value = self.org.look(row, path)
            shown[name] = {"attributes": {"type": "Name"}, rest: value} if rest else value
        return shown

    def _sobjects(self, _: Request) -> Response:
        shown = [{"name": name, "queryable": True, "custom": False} for name in self.org.fields]
        return JSONResponse({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": shown})

    def _describe(self, request: Request) -> Response:
        return JSONResponse(self.org.describe(request.path_params["sobject"]))

    def _one(self, request: Request) -> Response:
        sobject, record_id = request.path_params["sobject"], request.path_params["record_id"]
        row = self.org.tables.get(sobject, {}).get(record_id)
        if row is None or row.get("IsDeleted"):
            raise SoqlError("NOT_FOUND", "The requested resource does not exist")
        names = [field.name for field in self.org.shown(sobject)]
        return JSONResponse({"attributes": _attributes(sobject, record_id)} | {name: row.get(name) for name in names})

    def _between(self, request: Request) -> list[Row]:
        table = self.org.tables.get(request.path_params["sobject"], {})
        start, end = (_literal(request.query_params.get(name, "")) for name in ("start", "end"))
        return [row for row in table.values() if start <= row["SystemModstamp"] < end]

    def _deleted(self, request: Request) -> Response:
        gone = [row for row in self._between(request) if row.get("IsDeleted")]
        return JSONResponse(
            {
                "deletedRecords": [{"id": r["Id"], "deletedDate": r["SystemModstamp"]} for r in gone],
                "earliestDateAvailable": "2026-08-01T00:00:00.000+0000",
                "latestDateCovered": stamp(self.org.now),
            }
        )

    def _updated(self, request: Request) -> Response:
        ids = [row["Id"] for row in self._between(request) if not row.get("IsDeleted")]
        return JSONResponse({"ids": ids, "latestDateCovered": stamp(self.org.now)})

    def _limits(self, _: Request) -> Response:
        left = self.daily_max - self.used
        return JSONResponse(
            {
                "DailyApiRequests": {"Max": self.daily_max, "Remaining": left},
                "DailyBulkV2QueryJobs": {"Max": 10_000, "Remaining": 10_000 - len(self.jobs.all)},
            }
        )

    def _record_count(self, request: Request) -> Response:
        names = request.query_params.get("sObjects", "").split(",")
        counts = {name: len(self.org.tables.get(name, {})) for name in names}
        return JSONResponse({"sObjects": [{"name": n, "count": c} for n, c in counts.items() if c]})

    def _composite(self, body: dict[str, Any]) -> Response:
        return JSONResponse({"compositeResponse": [self._part(part) for part in body["compositeRequest"]]})

    def _part(self, part: dict[str, Any]) -> dict[str, Any]:
        url = urlsplit(part["url"])
        status, answer = 200, None
        try:
            answer = self._inner(url.path, parse_qs(url.query).get("q", [""])[0])
        except SoqlError as error:
            status, answer = (
                _STATUS.get(error.code, 400),
                [{"errorCode": error.code, "message": str(error)}],
            )
        return {
            "body": answer,
            "httpHeaders": {},
            "httpStatusCode": status,
            "referenceId": part.get("referenceId"),
        }

    def _inner(self, path: str, soql: str) -> Any:
        *_, parent, last = path.strip("/").split("/")
        if last in {"query", "queryAll"}:
            return self._query(soql, self.page_size, deleted_too=last == "queryAll")
        if last == "describe":
            return self.org.describe(parent)
        raise SoqlError("NOT_FOUND", "The requested resource does not exist")

    def _create_job(self, body: dict[str, Any]) -> Response:
        return JSONResponse(self.jobs.create(body))

    def _job(self, request: Request) -> Response:
        job = self.jobs.all.get(request.path_params["job"])
        if job is None:
            raise SoqlError("NOT_FOUND", "The requested resource does not exist")
        if request.method == "DELETE":
            del self.jobs.all[job.id]
            return Response(status_code=204)
        return JSONResponse(self.jobs.poll(job))

    def _results(self, request: Request) -> Response:
        job = self.jobs.all.get(request.path_params["job"])
        if job is None:
            raise SoqlError("NOT_FOUND", "The requested resource does not exist")
        wanted = int(request.query_params.get("maxRecords", self.jobs.page_size))
        text, locator, count = self.jobs.results(job, wanted, request.query_params.get("locator", ""))
        headers = {"Sforce-Locator": locator, "Sforce-NumberOfRecords": str(count)}
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"], text = "gzip", gzip.compress(text, 1)
        return Response(text, headers=headers, media_type="text/csv")


def _batch(request: Request) -> int:
    wish = request.headers.get("Sforce-Query-Options", "").partition("batchSize=")[2]
    return int(wish) if wish.isdigit() else 2000


def _attributes(sobject: str, record_id: str) -> dict[str, str]:
    return {"type": sobject, "url": f"/services/data/v{VERSION}/sobjects/{sobject}/{record_id}"}


def _literal(text: str) -> str:
    try:
        return stamp(datetime.fromisoformat(text.replace(" ", "+")))
    except ValueError as error:
        raise SoqlError("INVALID_REPLICATION_DATE", "start and end must be dates") from error


def _error(status: int, code: str, text: str) -> Response:
    return JSONResponse([{"message": text, "errorCode": code}], status_code=status)
