"""A stand-in of Zendesk Sell's Core API v2 and Sync API."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.sell.account import TYPE_OF, Account, contact, deal, lead
from sandbox.sell.queue import Queues
from sandbox.vendor import Faults, Vendor, cut_body

Json: TypeAlias = dict[str, Any]
Handler = Callable[[Request, Json], Response]
LISTS = (
    *TYPE_OF,
    "lead_sources",
    "deal_sources",
    "loss_reasons",
    "lead_unqualified_reasons",
    "deal_unqualified_reasons",
    *("lead_conversions", "call_outcomes", "visit_outcomes"),
)
WRITABLE = ("leads", "contacts", "deals")
NAMES = ("lead_sources", "deal_sources", "loss_reasons", "deal_unqualified_reasons")
FILTERS = ("email", "name", "first_name", "last_name", "organization_name", "contact_id", "owner_id")
NEW = {"leads": lambda: lead(None, None, None, 0), "contacts": lambda: contact(0), "deals": lambda: deal("", 0, 0, 0)}
SORTED = {"leads": "updated_at", "contacts": "last_name"}
"""What a list is sorted by when nobody says."""
UNSORTABLE, REFUSES = ("stages",), ("calls", "visits")
"""Lists that `sort_by` does nothing to, and such as may refuse to be sorted by time."""


class SellSandbox(Vendor):
    """An account with leads, companies, people, deals; ids beyond what a float holds.

    Attributes:
        role: of the user whom the token stands for.
        scopes: of the token; `hidden`: tables that it may not read.
        names_next_page: whether lists bear links to the next page. Accounts of it differ by witness.
        newest_id_first: how rows of one time are ordered among themselves.
        obeys_sort: whether `sort_by` does anything; `refuses_sort`: whether calls and visits refuse it by time.
        embeds: how a deal's contacts are wrapped: `items` or `list`; None: not at all.
        calls_per_second: None: as many as anybody likes.
        sync_page: items in one page of a sync queue; `empty_sync_pages`: pages without any that come first.
        lost_answers: so many records are made, and the answer that says so never arrives.
        account, queues: what it holds.
    """

    name = "sell"

    def __init__(self) -> None:
        super().__init__()
        self._begin()

    def reset(self) -> None:
        """Forget what was done here, faults and calls too: the seeded account again."""
        with self.lock:
            self.calls.clear()
            self.faults = Faults()
            self._begin()

    def _begin(self) -> None:
        self.token, self.role = "made-up-sell-token", "admin"
        self.scopes = {"read", "write", "profile", "sync"}
        self.hidden: set[str] = set()
        self.names_next_page = True
        self.newest_id_first = False
        self.obeys_sort, self.refuses_sort = True, False
        self.embeds: str | None = "items"
        self.calls_per_second: int | None = None
        self.sync_page = 100
        self.empty_sync_pages = 0
        self.lost_answers = 0
        self.account = Account()
        self.queues = Queues(self.account)
        self._called_at: list[float] = []

    def settings(self) -> dict[str, str]:
        return {"base_url": self.base_url, "token": self.token}

    def routes(self) -> Sequence[Route]:
        paths: list[tuple[str, Handler, str]] = [
            ("/users/self", self._self, "GET"),
            ("/{kind}/custom_fields", self._custom_fields, "GET"),
            ("/sync/start", self._sync_start, "POST"),
            ("/sync/{session}/queues/main", self._sync_page, "GET"),
            ("/sync/ack", self._sync_ack, "POST"),
            *((f"/{table}", self._lister(table), "GET") for table in LISTS),
            *((f"/{table}", self._maker(table), "POST") for table in (*WRITABLE, *NAMES)),
            *((f"/{table}/upsert", self._upserter(table), "POST") for table in WRITABLE),
            *((f"/{table}/{{id:int}}", self._one(table), "GET") for table in WRITABLE),
            *((f"/{table}/{{id:int}}", self._changer(table), "PUT") for table in WRITABLE),
            *((f"/{table}/{{id:int}}", self._remover(table), "DELETE") for table in WRITABLE),
        ]
        return [Route(f"/v2{path}", self._guarded(handler), methods=[method]) for path, handler, method in paths]

    def _guarded(self, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            body = await request.json() if await request.body() else {}
            with self.lock:
                answer = self._refused(request) or handler(request, body)
                if self.lost_answers and request.method == "POST" and answer.status_code == 200:
                    self.lost_answers -= 1
                    return cut_body(request)
                return answer

        return endpoint

    def _refused(self, request: Request) -> Response | None:
        if "user-agent" not in request.headers:
            return error(400, "invalid_header", "/User-Agent")
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return error(401, "unauthorized")
        if request.method != "GET" and "/sync/" not in request.url.path and "write" not in self.scopes:
            return error(403, "insufficient_scope")
        if "read" not in self.scopes or ("/sync/" in request.url.path and "sync" not in self.scopes):
            return error(403, "insufficient_scope")
        return self._too_fast()

    def _too_fast(self) -> Response | None:
        """Refuse what comes too fast: in plain text, and without saying until when."""
        if self.calls_per_second is None:
            return None
        now = time.monotonic()
        self._called_at = [at for at in self._called_at if at > now - 1]
        if len(self._called_at) >= self.calls_per_second:
            return Response("Too many requests", 429, media_type="text/plain")
        self._called_at.append(now)
        return None

    def _self(self, _: Request, __: Json) -> Response:
        user = next(iter(self.account.tables["users"].values())) | {"role": self.role}
        return JSONResponse({"data": user, "meta": {"type": "user"}})

    def _custom_fields(self, request: Request, _: Json) -> Response:
        rows = self.account.custom.get(request.path_params["kind"])
        if rows is None:
            return error(404, "incorrect_path")
        return self._listed(request, rows, "custom_field")

    def _lister(self, table: str) -> Handler:
        def answer(request: Request, _: Json) -> Response:
            if table in self.hidden:
                return error(403, "insufficient_scope")
            size = request.query_params.get("per_page", "25")
            if not size.isdigit() or not 1 <= int(size) <= 100:
                return error(400, "invalid_param", "/per_page")
            if self.refuses_sort and table in REFUSES and "updated_at" in request.query_params.get("sort_by", ""):
                return error(400, "invalid_param", "/sort_by")
            rows = self._filtered(request, list(self.account.tables.get(table, {}).values()))
            ordered = self._sorted(table, rows, request.query_params.get("sort_by"))
            return self._listed(request, ordered, TYPE_OF.get(table, table.removesuffix("s")))

        return answer

    def _filtered(self, request: Request, rows: list[Json]) -> list[Json]:
        query = request.query_params
        if "ids" in query:
            wanted = {int(id_) for id_ in query["ids"].split(",")}
            rows = [row for row in rows if row["id"] in wanted]
        if "is_organization" in query:
            rows = [row for row in rows if row["is_organization"] == (query["is_organization"] == "true")]
        for name in FILTERS:
            if name in query:
                rows = [row for row in rows if str(row.get(name)) == query[name]]
        for name, value in query.items():
            if name.startswith("custom_fields["):
                rows = [row for row in rows if row["custom_fields"].get(name[14:-1]) == value]
        return [self._embedded(row) for row in rows] if query.get("includes") == "associated_contacts" else rows

    def _embedded(self, row: Json) -> Json:
        contacts = [{"contact_id": id_, "role": "involved"} for id_ in self.account.beside.get(row["id"], [])]
        if self.embeds == "items":
            return row | {"associated_contacts": {"items": [{"data": each} for each in contacts]}}
        return row | {"associated_contacts": contacts} if self.embeds == "list" else row

    def _sorted(self, table: str, rows: list[Json], asked: str | None) -> list[Json]:
        wanted = asked if self.obeys_sort and table not in UNSORTABLE else None
        column, _, way = (wanted or SORTED.get(table, "id")).partition(":")
        by_id = sorted(rows, key=lambda row: int(row["id"]), reverse=self.newest_id_first and column != "id")
        return sorted(by_id, key=lambda row: (row.get(column) is not None, row.get(column)), reverse=way == "desc")

    def _listed(self, request: Request, rows: list[Json], kind: str) -> Response:
        size, page = int(request.query_params.get("per_page", 25)), int(request.query_params.get("page", 1))
        shown = rows[size * (page - 1) : size * page]
        links: Json = {"self": str(request.url)}
        if self.names_next_page and len(rows) > size * page:
            links["next_page"] = str(request.url.include_query_params(page=page + 1))
        items = [{"data": row, "meta": {"type": kind}} for row in shown]
        return JSONResponse({"items": items, "meta": {"type": "collection", "count": len(shown), "links": links}})

    def _maker(self, table: str) -> Handler:
        """Make a record: always a new one, whatever stands there. Names alone are unique."""

        def make(_: Request, body: Json) -> Response:
            data = body["data"]
            if table in NAMES and data["name"] in [row["name"] for row in self.account.tables[table].values()]:
                return error(422, "already_exists", "/name")
            if missing := _missing(table, data):
                return error(422, "missing", missing)
            row = self.account.add(table, **({**NEW[table](), **data} if table in NEW else data))
            return JSONResponse({"data": row, "meta": {"type": TYPE_OF.get(table, table)}})

        return make

    def _upserter(self, table: str) -> Handler:
        def upsert(request: Request, body: Json) -> Response:
            found = self._filtered(request, list(self.account.tables[table].values()))
            if len(found) > 1:
                return error(409, "conflict")
            if not found:
                return self._maker(table)(request, body)
            return self._changed(table, found[0], body["data"])

        return upsert

    def _one(self, table: str) -> Handler:
        def one(request: Request, _: Json) -> Response:
            row = self.account.tables[table].get(request.path_params["id"])
            return error(404, "not_found") if row is None else JSONResponse({"data": row, "meta": {}})

        return one

    def _changer(self, table: str) -> Handler:
        def change(request: Request, body: Json) -> Response:
            row = self.account.tables[table].get(request.path_params["id"])
            return error(404, "not_found") if row is None else self._changed(table, row, body["data"])

        return change

    def _changed(self, table: str, row: Json, data: Json) -> Response:
        """Partial, but for tags, which are replaced as a whole."""
        fields = {**row["custom_fields"], **data.get("custom_fields", {})}
        self.account.change(table, row, **{**data, "custom_fields": fields})
        return JSONResponse({"data": row, "meta": {}})

    def _remover(self, table: str) -> Handler:
        def remove(request: Request, _: Json) -> Response:
            row = self.account.tables[table].get(request.path_params["id"])
            if row is None:
                return error(404, "not_found")
            if table == "contacts" and row["id"] in [
                each["contact_id"] for each in self.account.tables["deals"].values()
            ]:
                return error(422, "incorrect_value", "/id")
            self.account.delete(table, row)
            return Response(status_code=204)

        return remove

    def _sync_start(self, request: Request, _: Json) -> Response:
        device = request.headers.get("x-basecrm-device-uuid", "")
        if not device:
            return error(400, "invalid_header", "/X-Basecrm-Device-UUID")
        started = self.queues.start(device)
        if started is None:
            return Response(status_code=204)
        session, count = started
        queue = {"data": {"name": "main", "pages": -(-count // self.sync_page), "total_count": count}}
        return JSONResponse({"data": {"id": session, "queues": [queue]}, "meta": {"type": "sync_session"}}, 201)

    def _sync_page(self, request: Request, _: Json) -> Response:
        session = request.path_params["session"]
        if session not in self.queues.sessions:
            return error(404, "not_found")
        if self.empty_sync_pages:
            self.empty_sync_pages -= 1
            return JSONResponse({"items": [], "meta": {"type": "collection", "count": 0}})
        items = self.queues.page(session, self.sync_page)
        if items is None:
            return Response(status_code=204)
        return JSONResponse({"items": items, "meta": {"type": "collection", "count": len(items)}})

    def _sync_ack(self, request: Request, body: Json) -> Response:
        self.queues.acknowledge(request.headers["x-basecrm-device-uuid"], body["data"]["ack_keys"])
        return Response(status_code=202)


def _missing(table: str, data: Json) -> str | None:
    """What the vendor cannot do without: the first field of it that is not there."""
    required = {"leads": ["last_name"], "contacts": ["last_name"], "deals": ["name", "contact_id"]}.get(table, ["name"])
    if table == "leads" and data.get("organization_name"):
        return None
    if table == "contacts" and data.get("is_organization"):
        required = ["name"]
    return next((f"/{name}" for name in required if not data.get(name)), None)


def error(status: int, code: str, field: str | None = None) -> Response:
    """An answer in the vendor's error envelope."""
    said = {"code": code, "message": f"The request failed: {code}", "details": "", "resource": "lead"}
    said |= {"field": field} if field else {}
    meta = {"http_status": str(status), "logref": "made-up-logref", "links": {"more_info": "https://example.com"}}
    return JSONResponse({"errors": [{"error": said, "meta": {"type": "error"}}], "meta": meta}, status)
