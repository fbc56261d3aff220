"""Gravity Forms, by the conformance kit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.gravity_forms.connector import GravityForms
from connectors.testing import ConformanceSuite
from sandbox.gravity_forms import CALLBACK, CONTACT, GravityFormsSandbox
from tests.conformance.vendors import NO_HOOKS, NO_MERGE, Sandboxed


class GravityFormsSite(Sandboxed[GravityFormsSandbox]):
    """A site with one form that is filled in; who does says the text as their name."""

    kind = GravityFormsSandbox
    stream = "entries"
    fast = {"page_size": 3}
    lacks = NO_HOOKS | NO_MERGE | {
        "expire_token": "consumer keys do not end",
        "expire_cursor": "the site keeps no place for us: pages go by ids",
    }  # fmt: skip
    untold = {"delete": "an entry that is deleted for good is listed no more, and nothing tells of it"}

    def begin(self) -> None:
        self.vendor.entries.clear()
        self._next = 9_007_199_254_740_993

    def secrets(self) -> Sequence[str]:
        return ["cs_0123456789abcdef"]

    def _row(self, id_: str) -> dict[str, Any]:
        return next(row for row in self.vendor.entries if row["id"] == id_)

    def add(self, text: str) -> str:
        return self.add_at(text, datetime.now(UTC))

    def add_at(self, text: str, when: datetime) -> str:
        row = self.vendor.submit(CALLBACK, {"1": text}, at=when)
        self._next += 1
        row["id"] = str(self._next)  # the stand-in counts entries, of which some may be gone
        return str(row["id"])

    def change(self, id_: str, text: str) -> None:
        self.vendor.update(self._row(id_), f1=text)

    def delete(self, id_: str) -> None:
        self.vendor.entries.remove(self._row(id_))

    def archive(self, id_: str) -> None:
        self.vendor.update(self._row(id_), status="trash")

    def restore(self, id_: str) -> None:
        self.vendor.update(self._row(id_), status="active")

    def extend(self, id_: str, text: str) -> None:
        self._row(id_)["kit_new"] = {"inside": [text]}

    def retype(self, id_: str) -> None:
        self._row(id_).update({"2": {"was": "text"}, "post_id": ["7"]})

    def enlarge(self, id_: str, size: int) -> None:
        self._row(id_)["3"] = "x" * size

    def add_field(self, text: str) -> None:
        field = {"id": 77, "type": "text", "label": text, "inputs": None}
        self.vendor.forms[CONTACT]["fields"].append(field)

    def revoke(self) -> None:
        self.vendor.key = ("ck_another", "cs_another")

    def refuse_rights(self) -> None:
        self.vendor.may_view = False


class TestGravityForms(ConformanceSuite):
    connector, standin = GravityForms, GravityFormsSite
