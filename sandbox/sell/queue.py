"""The Sync API's side of the vendor: what each device has not confirmed yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias

from sandbox.sell.account import TYPE_OF, Account

Json: TypeAlias = dict[str, Any]


@dataclass
class Device:
    """What waits for one device: the freshest state of each record, once."""

    pending: dict[tuple[str, int], tuple[int, str]] = field(default_factory=dict)
    """(table, id) → revision and event."""


@dataclass
class Session:
    """A reading of a device's queue, as it was when it began."""

    device: Device
    rest: list[tuple[str, int]]


class Queues:
    """All devices of an account."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.devices: dict[str, Device] = {}
        self.sessions: dict[str, Session] = {}
        self._revision = 0
        account.on_change = self.changed

    def changed(self, table: str, id_: int, deleted: bool) -> None:
        """Queue a record anew for every device; only its freshest state waits."""
        if table in TYPE_OF:
            self._revision += 1
            for device in self.devices.values():
                device.pending.pop((table, id_), None)
                device.pending[(table, id_)] = (self._revision, "deleted" if deleted else "updated")

    def start(self, uuid: str) -> tuple[str, int] | None:
        """Begin a session; None when nothing waits. A new device is given everything."""
        device = self.devices.get(uuid) or self._new(uuid)
        if not device.pending:
            return None
        session = f"session-{len(self.sessions) + 1}"
        self.sessions[session] = Session(device, list(device.pending))
        return session, len(device.pending)

    def _new(self, uuid: str) -> Device:
        device = self.devices[uuid] = Device()
        for table in TYPE_OF:
            for id_ in self._account.tables.get(table, {}):
                self._revision += 1
                device.pending[(table, id_)] = (self._revision, "created")
        return device

    def page(self, session: str, size: int) -> list[Json] | None:
        """Give the next items; None when the queue is drained."""
        its = self.sessions[session]
        if not its.rest:
            return None
        keys, its.rest = its.rest[:size], its.rest[size:]
        return [self._item(its.device, key) for key in keys if key in its.device.pending]

    def _item(self, device: Device, key: tuple[str, int]) -> Json:
        (table, id_), (revision, event) = key, device.pending[key]
        row = self._account.tables[table].get(id_)
        sync = {"event_type": event if row else "deleted", "revision": revision, "ack_key": f"{table}-{id_}-{revision}"}
        return {"data": row or {"id": id_}, "meta": {"type": TYPE_OF[table], "sync": sync}}

    def acknowledge(self, uuid: str, keys: list[str]) -> None:
        """Take out what was confirmed in the revision that was given."""
        pending = self.devices[uuid].pending
        known = {f"{table}-{id_}-{revision}": (table, id_) for (table, id_), (revision, _) in pending.items()}
        for key in keys:
            if key in known:
                del pending[known[key]]
