"""Zendesk Sell as a destination: leads, contacts and deals, each there once.

Sell has no idempotency keys. So: what the hub has delivered it changes by the id that Sell gave. What it has not, it
looks for first. With `key_field` it does both in one call, an upsert by a custom field that bears the hub's own key.
A call that creates is made once; when its answer is lost, the record is looked for before it is made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import ConfigDict, Field, SecretStr

from connectors.connector import Change, ConnectorConfig, Destination, JsonObject, Receipt
from connectors.errors import TransientError
from connectors.sell.account import Account
from connectors.sell.api import RefusedCallError, api_root
from connectors.sell.outgoing import PATHS, CannotWriteError, Outgoing, kind_of, outgoing
from connectors.sell.settings import pace_of
from connectors.sell.writing import SellWriter

_TURNS = {"company": 0, "person": 1, "lead": 2, "deal": 3}
"""What others point to goes first."""
_NATURAL = {
    "lead": ("email",),
    "person": ("email",),
    "company": ("name",),
    "deal": ("name", "contact_id"),
}
"""By which fields a record of somebody else's making is taken for the same."""
_SAME = ("first_name", "last_name", "organization_name", "name")
"""Without a natural key: filters by which an equal record is looked for."""


class SellDestinationConfig(ConnectorConfig):
    """Settings of a Zendesk Sell destination."""

    model_config = ConfigDict(hide_input_in_errors=True)

    token: SecretStr = Field(description="Access token with the scopes read and write, of an admin")
    key_field: str | None = Field(None, description="Custom field, single-line and Filterable, for the hub's own key")
    delete: bool = Field(False, description="Delete in Sell what the hub deletes, merges or converts")
    calls_per_second: float = Field(8, gt=0, description="Calls a second; the vendor allows 10 a token")


class SellDestination(Destination[SellDestinationConfig]):
    """Keeps each lead, contact and deal once in Sell."""

    name = "sell"
    title = "Zendesk Sell"
    Config: ClassVar[type[ConnectorConfig]] = SellDestinationConfig

    def __init__(self, config: SellDestinationConfig) -> None:
        super().__init__(config)
        self.calls = 0
        pace = pace_of(config.calls_per_second, config.quota_share)
        token = config.token.get_secret_value()
        self._writer = SellWriter(api_root(config.base_url), token, self._count, pace, config.ca_bundle)
        self._account = Account(self._writer)
        self._contacts: dict[int, str] = {}
        """Our contacts' ids → Sell's, of those that this push has written."""
        self._stopped: TransientError | None = None

    def push(self, changes: Sequence[Change]) -> list[Receipt]:
        """Write changes, companies first, then people, leads and deals; what they did not get to has no receipt.

        Raises:
            TransientError: nothing can be written now.
            SetupError: the token is not accepted, or lacks a right.
        """
        if self._stopped is not None:
            raise self._told()
        receipts: list[Receipt] = []
        for change in sorted(changes, key=lambda each: _TURNS.get(kind_of(each), 9)):
            try:
                receipts.append(self._written(change))
            except TransientError as error:
                self._stopped = error
                break
        if not receipts and self._stopped is not None:
            raise self._told()
        return receipts

    def close(self) -> None:
        """Give back connections; tell what stopped the push, if nobody was told yet.

        Raises:
            TransientError: the last batch was not written to its end.
        """
        self._writer.close()
        if self._stopped is not None:
            raise self._told()

    def _told(self) -> TransientError:
        error, self._stopped = self._stopped, None
        return error or TransientError("Zendesk Sell: the push was stopped")

    def _written(self, change: Change) -> Receipt:
        if change.record_type not in PATHS:
            return Receipt(change.key, ok=False, text=f"Sell takes no {change.record_type}")
        try:
            if change.action == "delete":
                return self._deleted(change)
            return self._kept(change, outgoing(self._pointing(change), self._account))
        except CannotWriteError as error:
            return Receipt(change.key, ok=False, text=str(error))
        except RefusedCallError as error:
            return Receipt(change.key, ok=False, text=str(error))

    def _pointing(self, change: Change) -> Change:
        """Add the contacts that this very push has written."""
        ours = {
            column: change.data.get(column) for column in ("contact_id", "organization_id", "parent_organization_id")
        }
        new = {
            column: self._contacts[id_]
            for column, id_ in ours.items()
            if isinstance(id_, int) and id_ in self._contacts
        }
        return replace(change, outside_refs={**change.outside_refs, **new})

    def _deleted(self, change: Change) -> Receipt:
        if change.outside_id is None or not self.config.delete:
            text = "it never was in Sell" if change.outside_id is None else "it stays in Sell: `delete` is not set"
            return Receipt(change.key, ok=True, text=text)
        try:
            self._writer.delete(f"{PATHS[change.record_type]}/{change.outside_id}")
        except RefusedCallError as error:
            if error.status != 404:
                raise
        return Receipt(change.key, ok=True, outside_id=change.outside_id)

    def _kept(self, change: Change, out: Outgoing) -> Receipt:
        if change.outside_id is not None:
            id_ = self._changed(change.outside_id, out)
        elif self.config.key_field is not None:
            id_ = self._upserted(change, out, self.config.key_field)
        else:
            id_ = self._found_or_made(change, out)
        if change.record_type == "contact":
            self._contacts[change.record_id] = id_
        text = f"left out: {'; '.join(out.left_out)}" if out.left_out else ""
        return Receipt(change.key, ok=True, outside_id=id_, text=text)

    def _changed(self, outside_id: str, out: Outgoing) -> str:
        """Change what differs. Tags are a whole to Sell: those that it has beside ours are sent along."""
        path = f"{out.path}/{outside_id}"
        try:
            there = self._writer.get(path)
        except RefusedCallError as error:
            if error.status == 404:
                raise CannotWriteError(f"{path} is gone in Sell, or this token may not see it") from error
            raise
        return self._brought_up(there, out)

    def _brought_up(self, there: JsonObject, out: Outgoing) -> str:
        wanted = dict(out.data)
        if "tags" in wanted:
            has = list(there.get("tags") or [])
            wanted["tags"] = has + [tag for tag in wanted["tags"] if tag not in has]
        if "custom_fields" in wanted:
            has_fields = there.get("custom_fields") or {}
            wanted["custom_fields"] = {n: v for n, v in wanted["custom_fields"].items() if has_fields.get(n) != v}
        if not wanted.get("custom_fields"):
            wanted.pop("custom_fields", None)
        differs = {name: value for name, value in wanted.items() if not _is_same(there.get(name), value)}
        if differs:
            self._writer.change(f"{out.path}/{there['id']}", differs)
        return str(there["id"])

    def _upserted(self, change: Change, out: Outgoing, key_field: str) -> str:
        key = f"{change.record_type} {change.record_id}"
        custom = {**out.data.get("custom_fields", {}), key_field: key}
        made = self._writer.upsert(
            out.path, {f"custom_fields[{key_field}]": key}, {**out.made, "custom_fields": custom}
        )
        return str(made["id"])

    def _found_or_made(self, change: Change, out: Outgoing) -> str:
        if (there := self._found(change, out)) is not None:
            return self._brought_up(there, out)
        try:
            return str(self._writer.create(out.path, out.made)["id"])
        except TransientError:
            # The answer is lost, and the record may have been made: it is looked for before anybody makes it again.
            if (there := self._found(change, out)) is None:
                raise
            return str(there["id"])

    def _found(self, change: Change, out: Outgoing) -> JsonObject | None:
        """Look for a record that is this one: by its natural key, else one that is equal in all that we would write.

        Raises:
            CannotWriteError: there are several.
        """
        filters, must = _filters(kind_of(change), out)
        if not filters:
            return None
        found = [row for row in self._writer.find(out.path, filters) if _has(row, must)]
        if len(found) > 1:
            ids = ", ".join(str(row["id"]) for row in found[:10])
            raise CannotWriteError(f"{len(found)} records of Sell could be it ({ids}): merge them there")
        return found[0] if found else None

    def _count(self) -> None:
        self.calls += 1


def _filters(kind: str, out: Outgoing) -> tuple[JsonObject, JsonObject]:
    """Choose what is asked of the list, and what a row of it must hold to be this record."""
    which: JsonObject = {"is_organization": kind == "company"} if kind in {"person", "company"} else {}
    query: JsonObject = {name: str(value).lower() for name, value in which.items()}
    natural = {name: out.data[name] for name in _NATURAL[kind] if out.data.get(name)}
    if len(natural) == len(_NATURAL[kind]):
        return query | natural, which | natural
    equal = {name: out.data[name] for name in _SAME if out.data.get(name)}
    whole = {name: value for name, value in out.data.items() if name not in {"tags", "custom_fields"}}
    return (query | equal if equal else {}), which | whole


def _has(row: JsonObject, values: JsonObject) -> bool:
    return all(_is_same(row.get(name), value) for name, value in values.items())


def _is_same(there: Any, value: Any) -> bool:
    """Compare as Sell shows values: an address by the parts we have, amounts by number, addresses without case."""
    if isinstance(value, dict):
        has = there if isinstance(there, dict) else {}
        return all(has.get(name) == part for name, part in value.items() if part)
    if isinstance(value, str) and isinstance(there, str) and "@" in value:
        return there.casefold() == value.casefold()
    if isinstance(value, str) and isinstance(there, (int, float)) and not isinstance(there, bool):
        return _number(value) == there
    return bool(there == value)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
