"""From a change of the hub's to the fields that Sell takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.connector import Change, JsonObject
from connectors.sell.account import Account

PATHS = {"lead": "/leads", "contact": "/contacts", "deal": "/deals"}
_PERSONAL = (
    "title", "description", "industry", "website", "email", "phone", "mobile", "fax", "twitter", "facebook",
    "linkedin", "skype", "address",
)  # fmt: skip
_FIELDS = {
    "lead": ("first_name", "last_name", "organization_name", "status", *_PERSONAL),
    "person": ("first_name", "last_name", "customer_status", "prospect_status", *_PERSONAL),
    "company": ("name", "customer_status", "prospect_status", *_PERSONAL),
    "deal": ("name", "value", "currency", "hot", "estimated_close_date", "customized_win_likelihood"),
}
_NAMED = {
    "lead": {"source": ("source_id", "/lead_sources")},
    "contact": {},
    "deal": {
        "source": ("source_id", "/deal_sources"),
        "loss_reason": ("loss_reason_id", "/loss_reasons"),
        "unqualified_reason": ("unqualified_reason_id", "/deal_unqualified_reasons"),
    },
}  # type: dict[str, dict[str, tuple[str, str]]]


class CannotWriteError(Exception):
    """A change that cannot be written as things stand; its text is for the receipt."""


@dataclass(slots=True)
class Outgoing:
    """What is to stand in Sell."""

    path: str
    data: JsonObject
    only_new: JsonObject = field(default_factory=dict)
    """Fields that can be set when a record is made, and not later."""
    left_out: list[str] = field(default_factory=list)
    """What Sell has no place for, in words."""

    @property
    def made(self) -> JsonObject:
        """All fields of a new record."""
        return {**self.data, **self.only_new}


def outgoing(change: Change, account: Account) -> Outgoing:
    """Translate a change. What is empty in the hub is not sent: nothing in Sell is blanked.

    Raises:
        CannotWriteError: it points to what is not in Sell (yet).
    """
    kind = kind_of(change)
    data = {name: change.data[name] for name in _FIELDS[kind] if _is_there(change.data.get(name))}
    out = Outgoing(PATHS[change.record_type], data)
    if change.data.get("tags"):
        out.data["tags"] = list(change.data["tags"])
    _owner(change, account, out)
    for name, (column, path) in _NAMED[change.record_type].items():
        if change.data.get(name):
            out.data[column] = account.named(path, str(change.data[name]))
    _custom(change, account, out)
    {"lead": _lead, "person": _person, "company": _company, "deal": _deal}[kind](change, account, out)
    return out


def kind_of(change: Change) -> str:
    """`lead`, `person`, `company` or `deal`."""
    if change.record_type != "contact":
        return change.record_type
    return "company" if change.data.get("is_organization") else "person"


def _lead(change: Change, _: Account, out: Outgoing) -> None:
    if change.data.get("unqualified_reason"):
        out.left_out.append("the unqualified reason: Sell takes none for leads by its API")


def _person(change: Change, _: Account, out: Outgoing) -> None:
    out.only_new["is_organization"] = False
    _point(change, "contact_id", "company", out)


def _company(change: Change, _: Account, out: Outgoing) -> None:
    out.only_new["is_organization"] = True
    _point(change, "parent_organization_id", "parent company", out)


def _deal(change: Change, account: Account, out: Outgoing) -> None:
    if "value" in out.data:
        out.data["value"] = str(out.data["value"])
    for column in ("contact_id", "organization_id"):
        if change.data.get(column) is not None:
            _point(change, column, "contact", out, to="contact_id")
            break
    pipeline, stage = change.data.get("pipeline"), change.data.get("stage")
    if stage:
        found = account.stage(str(pipeline), str(stage))
        if found is None:
            raise CannotWriteError(f"Sell has no stage {stage!r} in a pipeline {pipeline!r}: make it there")
        out.data["stage_id"] = found
    if change.data.get("added_at"):
        out.only_new["added_on"] = change.data["added_at"]


def _point(change: Change, column: str, what: str, out: Outgoing, to: str | None = None) -> None:
    id_ = change.data.get(column)
    if id_ is None:
        return
    outside = change.outside_refs.get(column)
    if outside is None:
        raise CannotWriteError(f"its {what}, contact {id_}, is not in Sell yet: it goes out when that one has")
    out.data[to or column] = int(outside)


def _owner(change: Change, account: Account, out: Outgoing) -> None:
    email = change.data.get("owner_email")
    if not email:
        return
    owner = account.user(str(email))
    if owner is None:
        out.left_out.append(f"the owner: no user of Sell is called {email}")
    else:
        out.data["owner_id"] = owner


def _custom(change: Change, account: Account, out: Outgoing) -> None:
    values: Mapping[str, Any] = change.data.get("custom_fields") or {}
    given = {name: value for name, value in values.items() if _is_there(value)}
    if not given:
        return
    known = account.custom_fields(change.record_type)
    out.data["custom_fields"] = {name: value for name, value in given.items() if name in known}
    if missing := sorted(given.keys() - known):
        out.left_out.append(f"custom fields that Sell does not have: {', '.join(missing)}")


def _is_there(value: Any) -> bool:
    return value not in (None, "", [], {})
