"""A stand-in of Zendesk's Chat API v2: the incremental export of chats."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.people import Sighting, sightings
from sandbox.vendor import Faults, Vendor

Json = dict[str, Any]

SEEDED_FROM = int(datetime(2026, 9, 14, 9, 0, tzinfo=UTC).timestamp())
MOST_ROWS = 1_000


class ZendeskChatSandbox(Vendor):
    """Chats, every third an offline message, some of nobody in particular.

    Attributes:
        oauth_token: the one that is accepted; `scopes` of it.
        in_microseconds: the unit of `start_time` and `end_time`; else seconds.
        minds_id: whether `start_id` is minded; without, a page begins with all of its first moment.
        always_next: whether the last page, too, names a next one.
        most_rows: rows in a page at most, whatever `limit` says.
        chats: rows by id.
    """

    name = "zendesk_chat"

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
        self.oauth_token = "made-up-chat-token"
        self.scopes = {"read"}
        self.in_microseconds, self.minds_id, self.always_next = False, True, False
        self.most_rows = MOST_ROWS
        self.chats: dict[str, Json] = {}
        for number, sighting in enumerate(sightings("zendesk_chat")):
            self._add(SEEDED_FROM + 7_200 * number, _said(sighting, number))
        for number in range(3):
            visitor = {"id": f"7.{number}", "name": f"Visitor {48212345 + number}", "email": "", "phone": ""}
            self._add(SEEDED_FROM + 999 * number, {"visitor": visitor})

    def settings(self) -> dict[str, str]:
        return {"base_url": self.base_url, "oauth_token": self.oauth_token}

    def routes(self) -> Sequence[Route]:
        return [Route("/api/v2/chat/incremental/chats", self._export)]

    # What happens in the account, for tests and the demo.

    def add_chats(self, count: int, *, at: int | None = None) -> list[Json]:
        """Let so many new people chat, now or all in one given second."""
        with self.lock:
            return [self._add(at or int(time.time()), _new(len(self.chats) + 1)) for _ in range(count)]

    def change(self, chat: Json, *, at: int | None = None, **fields: Any) -> None:
        """Edit a chat: it comes again."""
        with self.lock:
            chat.update(fields)
            chat["update_timestamp"] = _iso(at or int(time.time()))

    def delete(self, chat: Json) -> None:
        """Delete a chat; the export still names it."""
        self.change(chat, deleted=True)

    # The API.

    def _export(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {self.oauth_token}":
            return JSONResponse({"error": "invalid_token"}, status_code=401)
        if not self.scopes & {"read", "chat"}:
            return JSONResponse({"error": "insufficient_scope"}, status_code=403)
        query = request.query_params
        limit = min(int(query.get("limit", MOST_ROWS)), self.most_rows)
        start, after = float(query["start_time"]), query.get("start_id", "") if self.minds_id else ""
        with self.lock:
            rows = sorted(self.chats.values(), key=lambda row: (self._time(row), row["id"]))
            behind = [row for row in rows if self._is_behind(row, start, after)]
        shown = behind[:limit]
        if "fields" not in query:
            shown = [{"id": row["id"]} for row in shown]
        return JSONResponse(self._page(shown, start, more=self.always_next or len(behind) > limit))

    def _page(self, shown: list[Json], start: float, *, more: bool) -> Json:
        last = self.chats[shown[-1]["id"]] if shown else None
        return {
            "chats": shown,
            "count": len(shown),
            "end_time": self._time(last) if last else start,
            "end_id": last["id"] if last else None,
            "next_page": "https://example.zendesk.example/api/v2/chat/incremental/chats?…" if more else None,
        }

    def _is_behind(self, row: Json, start: float, after: str) -> bool:
        moment = self._time(row)
        return moment > start or (moment == start and row["id"] > after)

    def _time(self, row: Json) -> int:
        seconds = int(datetime.fromisoformat(row["update_timestamp"]).timestamp())
        return seconds * 1_000_000 if self.in_microseconds else seconds

    def _add(self, at: int, fields: Json) -> Json:
        id_ = f"2609.{100_000 + len(self.chats)}"
        chat = {
            "id": id_,
            "type": "chat",
            "session": {"country_code": "US"},
            "started_by": "visitor",
            "department_id": None,
            "agent_ids": ["369531345753"],
            "timestamp": _iso(at),
            "end_timestamp": _iso(at),
            "update_timestamp": _iso(at),
            "missed": False,
            "tags": [],
            "rating": None,
            "history": [
                {"type": "chat.memberjoin", "nick": "visitor", "timestamp": _iso(at)},
                {"type": "chat.msg", "name": "Visitor", "msg": "Hello", "timestamp": _iso(at)},
                {
                    "type": "chat.msg",
                    "name": "Support",
                    "sender_type": "Agent",
                    "msg": "Good day",
                    "timestamp": _iso(at),
                },
            ],
            "webpath": [{"title": "Prices", "to": "https://www.example.com/prices"}],
            "zendesk_ticket_id": None,
            **fields,
        }
        self.chats[id_] = chat
        return chat


def _said(sighting: Sighting, number: int) -> Json:
    name = f"{sighting.first_name} {sighting.last_name}"
    visitor = {"id": f"3.{number}", "name": name, "email": sighting.email, "phone": sighting.phone, "notes": ""}
    session = {"country_code": sighting.human.company.country}
    left = {"type": "offline_msg", "message": "Please call me back."} if number % 3 == 0 else {}
    return {"visitor": visitor, "session": session, "tags": ["sales"] if number % 2 else [], **left}


def _new(number: int) -> Json:
    return {"visitor": {"id": f"9.{number}", "name": f"New Person {number}", "email": f"chat.{number}@example.com"}}


def _iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
