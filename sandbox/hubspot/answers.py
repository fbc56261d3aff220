"""HubSpot's answers: records, pages, errors, in the shape the vendor gives them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from sandbox.hubspot.kinds import CREATED, DEFAULTS, MODIFIED, SINGULAR, type_ids
from sandbox.hubspot.portal import CrmRecord, Portal, iso

CORRELATION = "c0ffee00-0000-4000-8000-000000000000"

NOT_FOUND = (
    "<html>\n<head>\n<title>Error 404 Not Found</title>\n</head>\n"
    "<body><h2>HTTP ERROR 404</h2>\n<p>Resource not found</p>\n</body>\n</html>\n"
)


class Refusal(Exception):  # noqa: N818  -- an answer, not a fault of the stand-in
    """An answer that ends the handling of a request."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def error(code: int, category: str | None, message: str, **more: Any) -> Refusal:
    """Refuse with HubSpot's error body; `category` may be missing, as the vendor's sometimes is."""
    body = {"status": "error", "message": message, "correlationId": CORRELATION} | more
    return Refusal(JSONResponse(body | ({"category": category} if category else {}), code))


def too_many(policy: str) -> Refusal:
    """Refuse with 429; HubSpot promises no Retry-After."""
    message = f"You have reached your {policy.lower()} limit."
    return error(429, None, message, errorType="RATE_LIMIT", policyName=policy, requestId=CORRELATION)


def missing_scope(scope: str) -> Refusal:
    """Refuse with 403 and the scopes of which one is needed."""
    context = {"requiredGranularScopes": [scope, scope.replace(".read", ".write")]}
    text = "This app hasn't been granted all required scopes to make this call."
    wanted = {"message": "One or more of the following scopes are required.", "context": context}
    return error(403, "MISSING_SCOPES", text, errors=[wanted])


def not_found() -> Refusal:
    """Refuse with 404, which at HubSpot is an HTML page."""
    return Refusal(HTMLResponse(NOT_FOUND, 404))


def record_json(portal: Portal, kind: str, record: CrmRecord, asked: Iterable[str]) -> dict[str, Any]:
    """Write a record with the properties asked for, and the few that always come; unknown ones do not."""
    known = {row["name"] for row in portal.properties[kind]}
    names = (set(asked) & known or set(DEFAULTS.get(kind, ()))) | {CREATED[kind], "hs_object_id", MODIFIED[kind]}
    written: dict[str, Any] = {
        "id": str(record.id),
        "properties": {name: portal.value(kind, record, name) for name in sorted(names)},
        "createdAt": iso(record.created),
        "updatedAt": iso(record.updated),
        "archived": record.archived is not None,
    }
    return written if record.archived is None else written | {"archivedAt": iso(record.archived)}


def list_associations(portal: Portal, kind: str, record: CrmRecord, to: Sequence[str]) -> dict[str, Any]:
    """Write a record's associations as the list does: an entry per id and association type."""
    related = {other: portal.relations.get((kind, other, record.id)) or {} for other in to}
    return {
        other: {"results": [row for id_, primary in ids.items() for row in _entries(kind, other, id_, primary)]}
        for other, ids in related.items()
        if ids
    }


def _entries(kind: str, to: str, id_: int, primary: bool) -> list[dict[str, str]]:
    type_ = f"{SINGULAR[kind]}_to_{SINGULAR[to]}"
    plain = {"id": str(id_), "type": f"{type_}_unlabeled" if to == "companies" else type_}
    return [{"id": str(id_), "type": type_}, plain] if primary else [plain]


def v4_association(portal: Portal, kind: str, to: str, id_: int) -> dict[str, Any] | None:
    """Write a record's associations as v4 does; None: it has none."""
    related = portal.relations.get((kind, to, id_))
    if not related:
        return None
    plain, marked = type_ids(kind, to)
    return {
        "from": {"id": str(id_)},
        "to": [
            {"toObjectId": other, "associationTypes": _types(plain, marked if primary else None)}
            for other, primary in related.items()
        ],
    }


def _types(plain: int, primary: int | None) -> list[dict[str, Any]]:
    typed = [{"category": "HUBSPOT_DEFINED", "typeId": plain, "label": None}]
    if primary is not None:
        typed.insert(0, {"category": "HUBSPOT_DEFINED", "typeId": primary, "label": "Primary"})
    return typed


def no_associations(kind: str, to: str, id_: str) -> dict[str, Any]:
    """Say in a 207 answer that a record has no associations."""
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {SINGULAR[to]} is associated with {SINGULAR[kind]} {id_}.",
        "context": {"fromObjectId": [id_]},
    }
