"""A stand-in of Acme's API, over real HTTP on this machine."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.connector import Request
from connectors.signatures import keys_of, sign
from connectors.testing import Answer, Asked, Loopback, StandIn, json_answer

TOKEN = "acme-made-up-token"
SECRET = "whsec_bWFkZS11cC1hY21lLXNlY3JldC0wMTIz"
FIELDS = [("first_name", "string"), ("last_name", "string"), ("email", "string"), ("phone", "string"),
          ("company", "string"), ("stage", "enum"), ("owner_id", "string"), ("created_at", "datetime")]  # fmt: skip


class AcmeAccount(StandIn):
    """An account; the text that the kit makes up is a person's last name."""

    stream = "people"
    page = 3
    lacks = {"expire_token": "a token of Acme's does not end"}

    def __init__(self) -> None:
        self._server = Loopback(self._answer)

    # What the kit does.

    def start(self) -> str:
        self.base_url = self._server.start()
        return self.base_url

    def stop(self) -> None:
        self._server.stop()

    def reset(self) -> None:
        self.people: dict[str, dict[str, Any]] = {}
        self.fields = [{"id": name, "type": kind, "label": name.replace("_", " ")} for name, kind in FIELDS]
        self.token, self.rights, self._epoch, self._clock, self._made = TOKEN, {"people:read"}, 1, 0, 0

    def settings(self, base_url: str) -> dict[str, Any]:
        return {"base_url": base_url, "token": TOKEN, "secret": SECRET, "page_size": 3, "calls_per_second": 1e6}

    def secrets(self) -> Sequence[str]:
        return [TOKEN, SECRET]

    def add(self, text: str) -> str:
        return self.add_at(text, datetime.now(UTC))

    def add_at(self, text: str, when: datetime) -> str:
        self._made += 1
        at = when.isoformat(timespec="seconds").replace("+00:00", "Z")
        id_ = f"p{self._made}"
        names = {"first_name": "Kit", "last_name": text, "email": f"{text}@example.com"}
        kept = {"stage": "new", "owner_id": "u1", "labels": ["fair"], "own": {}, "created_at": at}
        self.people[id_] = {"id": id_, "state": "live", **names, **kept}
        self._touch(id_, changed_at=at)
        return id_

    def change(self, id_: str, text: str) -> None:
        self._touch(id_, last_name=text)

    def delete(self, id_: str) -> None:
        self._touch(id_, state="deleted")

    def archive(self, id_: str) -> None:
        self._touch(id_, state="archived")

    def restore(self, id_: str) -> None:
        self._touch(id_, state="live")

    def merge(self, loser: str, winner: str) -> None:
        self._touch(loser, state="merged", merged_into=winner)
        self._touch(winner)

    def extend(self, id_: str, text: str) -> None:
        self.people[id_]["unheard"] = {"inside": [text]}

    def retype(self, id_: str) -> None:
        self.people[id_].update(labels="none", own=None, owner_id=7)

    def enlarge(self, id_: str, size: int) -> None:
        self.people[id_]["notes"] = "x" * size

    def add_field(self, text: str) -> None:
        self.fields.append({"id": text, "type": "number", "label": text, "own": True})

    def revoke(self) -> None:
        self.token = "another"

    def expire_cursor(self) -> None:
        self._epoch += 1

    def refuse_rights(self) -> None:
        self.rights.clear()

    def sign(self, body: bytes) -> Request:
        return self._sent(body, time.time(), SECRET)

    def deliver(self, id_: str) -> Request:
        return self.sign(self._told(id_))

    def forge(self, id_: str) -> Sequence[Request]:
        body, good = self._told(id_), self.deliver(id_)
        others = self._sent(body, time.time(), "whsec_bm90IG91cnM=")
        return [Request("POST", good.url, good.headers, body + b" ", good.received_at), others,
                Request("POST", good.url, {}, body, good.received_at)]  # fmt: skip

    def stale(self, id_: str) -> Request:
        return self._sent(self._told(id_), time.time() - 3600, SECRET)

    # What it is.

    def _touch(self, id_: str, **values: Any) -> None:
        self._clock += 1
        now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        self.people[id_].update({"changed_at": now, **values})
        self.people[id_] = {**self.people.pop(id_), "_place": self._clock}  # behind all others

    def _told(self, id_: str) -> bytes:
        return json.dumps({"type": "person.changed", "data": _shown(self.people[id_])}).encode()

    @staticmethod
    def _sent(body: bytes, at: float, secret: str) -> Request:
        name, stamp = f"msg_{hash(body)}", str(int(at))
        signature = sign(keys_of(secret)[0], name, stamp, body)
        headers = {"webhook-id": name, "webhook-timestamp": stamp, "webhook-signature": signature}
        return Request("POST", "https://hub.example.com/hooks/acme", headers, body, datetime.now(UTC))

    def _answer(self, call: Asked) -> Answer:
        if call.headers.get("authorization") != f"Bearer {self.token}":
            return json_answer({"error": "who are you"}, 401)
        if call.path == "/v1/me":
            return json_answer({"account": "Example Ltd", "rights": sorted(self.rights)})
        if "people:read" not in self.rights:
            return json_answer({"error": "people:read is missing"}, 403)
        if call.path == "/v1/owners":
            return json_answer({"owners": [{"id": "u1", "name": "Ann Lee", "email": "ann@example.com"}]})
        if call.path == "/v1/fields":
            return json_answer({"fields": self.fields})
        if call.path == "/v1/people":
            wanted = call.query.get("ids", "").split(",")
            return json_answer({"people": [_shown(self.people[id_]) for id_ in wanted if id_ in self.people]})
        return self._changes(call) if call.path == "/v1/changes" else json_answer({"error": "nothing here"}, 404)

    def _changes(self, call: Asked) -> Answer:
        epoch, _, place = call.query.get("after", f"{self._epoch}.0").partition(".")
        if epoch != str(self._epoch):
            return json_answer({"error": "that place is too old"}, 410)
        behind = [row for row in self.people.values() if row["_place"] > int(place)]
        shown = behind[: int(call.query.get("limit", 25))]
        last = shown[-1]["_place"] if shown else int(place)
        people = [_shown(row) for row in shown]
        return json_answer({"people": people, "next": f"{self._epoch}.{last}", "more": len(behind) > len(shown)})


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "_place"}
