"""Making leads of a prospect list: the path of any record, under a source of its own, with the list's name as a tag."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.connector import Check, Connector, ConnectorConfig, Cursor, Page, SourceField, SourceRecord, Stream
from connectors.errors import SetupError as ConnectorSetupError
from hub.opening import Hub
from hub.prospect_buying import offered
from hub.prospect_lists import SOURCE, find_list, stream_of
from hub.prospect_suppression import Suppression
from hub.reports import StreamReport
from hub.runs import Options
from hub.settings import SourcePart
from hub.sync import sync_source
from sell_model.errors import SetupError
from storage import prospects
from storage.hot import Writer
from storage.prospects import READY, SUPPRESSED, ListRow

MAPPING = "prospects/people.lead"
_PORTION = 200


class _ListReader(Connector[ConnectorConfig]):
    """Reads who is ready on a list, as a connector reads a vendor."""

    name, title, Config = SOURCE, "Prospect list", ConnectorConfig

    def __init__(self, hub: Hub, row: ListRow) -> None:
        super().__init__(ConnectorConfig())
        self._hub, self._row = hub, row

    def streams(self) -> Sequence[Stream]:
        return [Stream(stream_of(self._row), "people")]

    def check(self) -> list[Check]:
        return []

    def discover(self, stream: str) -> list[SourceField]:
        raise ConnectorSetupError(f"{stream}: a list has no fields but those of docs/prospect-lists.md")

    def pull(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Give all who are ready, whatever was read before: what is as it was is no change."""
        after = 0
        while True:
            with self._hub.store.read() as db:
                rows = prospects.on_list(db, self._row.id, (READY,), _PORTION, after)
            if not rows:
                break
            after = rows[-1].id
            unseen = {"email_sha256", "has_email", "has_phone"}
            people = [
                SourceRecord(
                    row.outside_id,
                    {"id": row.outside_id, "lists": [self._row.name]}
                    | {name: value for name, value in row.data.items() if name not in unseen},
                    row.bought_at,
                )
                for row in rows
            ]
            yield Page(people, None)
        yield Page([], {"read_to": after})


def import_list(hub: Hub, name: str, *, pool: str | None = None, limit: int | None = None) -> list[StreamReport]:
    """Make leads of all who are ready on a list; the same again changes nothing.

    Who became known since is matched as any record is: no second lead. Who must not be contacted is left out.

    Args:
        pool: deals out the new leads.

    Raises:
        SetupError: no such list, nobody on it is ready, or there is no such pool.
        BusyError: prospects are being imported just now.
    """
    if SOURCE in hub.settings.sources:
        raise SetupError(
            f"a source of hub.toml is called {SOURCE!r}", fix="give it another name: imports need this one"
        )
    with hub.store.write() as db:
        row = find_list(db, name)
        _leave_out(hub, db, row)
        if not prospects.on_list(db, row.id, (READY,), 1):
            raise SetupError(
                f"nobody on {row.name!r} is ready to be imported",
                fix=f"see who is on it: sellhub prospect show {row.name!r}; buy: sellhub prospect buy {row.name!r}",
            )
    part = SourcePart(connector="csv", mapping=MAPPING, pool=pool)
    remembered = {"mapping": MAPPING, "pool": pool, "file": row.name}
    options = Options(kind="import", limit=limit, remembered=remembered)
    return sync_source(hub.with_source(SOURCE, part), SOURCE, options, _ListReader(hub, row))


def _leave_out(hub: Hub, db: Writer, row: ListRow) -> None:
    """Suppress those of whom it became known that they must not be contacted; who is known already is matched."""
    after = 0
    while people := prospects.on_list(db, row.id, (READY,), _PORTION, after):
        after = people[-1].id
        imported = prospects.fed_by(db, SOURCE, stream_of(row), [each.outside_id for each in people])
        fresh = [each for each in people if each.outside_id not in imported]
        reasons = Suppression(hub, db, keep_companies=True).reasons([offered(each) for each in fresh])
        for each in fresh:
            reason = reasons.get(each.outside_id, "")
            if reason.startswith(("do not contact", "suppressed")):
                prospects.set_state(db, each.id, SUPPRESSED, reason)
