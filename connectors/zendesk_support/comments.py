"""When a ticket was last written in, and what was said there.

The time comes along with the export (`metric_sets`). The words do not: they cost a call for each ticket, so that
they are asked for only when a setting wants them, and only of tickets that are open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from connectors.connector import JsonObject
from connectors.errors import CredentialsError, SetupError

OPEN = frozenset({"new", "open", "pending", "hold"})
NEWEST_FIRST = {"sort_order": "desc", "per_page": 10}
"""Ten, since notes among colleagues are passed over."""

Get = Callable[[str, dict[str, Any]], JsonObject]


def with_times(tickets: Iterable[JsonObject], answer: JsonObject) -> list[JsonObject]:
    """Give tickets with `latest_comment_added_at`, and without the other metrics, which change by themselves.

    The vendor puts a metric set inside its ticket, or beside the tickets, by version.
    """
    beside = {each.get("ticket_id"): each for each in answer.get("metric_sets") or () if isinstance(each, dict)}
    found = []
    for ticket in tickets:
        inside = ticket.get("metric_set")
        metrics = inside if isinstance(inside, dict) else beside.get(ticket["id"], {})
        data = {key: value for key, value in ticket.items() if key != "metric_set"}
        found.append(data | {"latest_comment_added_at": metrics.get("latest_comment_added_at")})
    return found


def with_last_comments(tickets: Sequence[JsonObject], get: Get) -> list[JsonObject]:
    """Give tickets with `last_comment`: what was last said to everybody, when and by whom; null where closed."""
    return [
        ticket | {"last_comment": _last(ticket, get) if ticket.get("status") in OPEN else None} for ticket in tickets
    ]


def _last(ticket: JsonObject, get: Get) -> JsonObject | None:
    try:
        comments = get(f"/tickets/{ticket['id']}/comments", NEWEST_FIRST).get("comments") or []
    except CredentialsError:
        raise
    except SetupError:
        return None  # the ticket went away since it was exported: the next read tells
    said = [each for each in comments if isinstance(each, dict) and each.get("public") is not False]
    last = max(said, key=lambda each: (str(each.get("created_at")), each.get("id") or 0), default=None)
    if last is None:
        return None
    text = last.get("plain_body") or last.get("body") or ""
    return {"text": text, "created_at": last.get("created_at"), "author_id": last.get("author_id")}
