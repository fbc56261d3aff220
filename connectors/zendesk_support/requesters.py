"""Puts the requester and the organization into a ticket, and the organization into a user: who asks makes a lead."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from connectors.connector import JsonObject

MANY = 100  # ids in one show_many; the API's own limit
REQUESTER_FIELDS = (
    "id", "name", "email", "phone", "organization_id", "role", "locale", "time_zone", "external_id",
    "details", "notes", "tags", "user_fields", "active", "suspended",
)  # fmt: skip
"""What of a user belongs to a ticket: no times, or a sign-in would make the ticket look changed."""
ORGANIZATION_FIELDS = ("id", "name", "domain_names", "external_id", "tags", "organization_fields")

FetchUsers = Callable[[Sequence[int]], Iterable[JsonObject]]
"""Asks for users by id, at most `MANY`."""


def side_loaded(tickets: Sequence[JsonObject], answer: JsonObject, fetch: FetchUsers) -> dict[int, JsonObject]:
    """Give the tickets' requesters by id: those that came along, and those that did not, which are fetched."""
    users = by_id(answer.get("users"))
    return users | by_id(_fetched(_missing(tickets, users), fetch))


def with_requesters(
    tickets: Sequence[JsonObject], users: dict[int, JsonObject], organizations: dict[int, JsonObject]
) -> list[JsonObject]:
    """Give tickets with `requester` and `organization` in them.

    A requester who is gone has its id only. The organization is the ticket's, else the requester's; null when there
    is none or it is not known.
    """
    return [_with_requester(ticket, users, organizations) for ticket in tickets]


def with_organizations(users: Iterable[JsonObject], organizations: dict[int, JsonObject]) -> list[JsonObject]:
    """Give users with `organization` in them; null where there is none or it is not known."""
    return [user | {"organization": _organization(user.get("organization_id"), organizations)} for user in users]


def _organization(id_: int | None, known: dict[int, JsonObject]) -> JsonObject | None:
    return _of(ORGANIZATION_FIELDS, known[id_]) if id_ in known else None


def _with_requester(
    ticket: JsonObject, users: dict[int, JsonObject], organizations: dict[int, JsonObject]
) -> JsonObject:
    data = {key: value for key, value in ticket.items() if key != "generated_timestamp"}
    requester = users.get(ticket.get("requester_id") or 0, {"id": ticket.get("requester_id")})
    data["requester"] = _of(REQUESTER_FIELDS, requester)
    data["organization"] = _organization(
        ticket.get("organization_id") or requester.get("organization_id"), organizations
    )
    return data


def _of(fields: Sequence[str], record: JsonObject) -> JsonObject:
    return {field: record.get(field) for field in fields}


def _missing(tickets: Iterable[JsonObject], users: dict[int, JsonObject]) -> list[int]:
    wanted = {ticket["requester_id"] for ticket in tickets if ticket.get("requester_id")}
    return sorted(wanted - users.keys())


def _fetched(ids: Sequence[int], fetch: FetchUsers) -> list[JsonObject]:
    return [user for at in range(0, len(ids), MANY) for user in fetch(ids[at : at + MANY])]


def by_id(records: Iterable[JsonObject] | None) -> dict[int, JsonObject]:
    """Give records by their ids; none where there is no list."""
    return {record["id"]: record for record in records or ()}
