"""`sellhub sync` and `sellhub import`: bring in what is new, or rehearse it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

from cyclopts import Parameter

from console.main import CREDENTIALS, DONE, FAILED, HELD
from console.outcome import tell_rehearsal, tell_reports
from console.telling import note, tell_error, tell_json
from console.watching import watching

if TYPE_CHECKING:
    from hub.importing import Import
    from hub.opening import Hub
    from hub.reports import StreamReport
    from hub.runs import Options

Flag: TypeAlias = Annotated[bool, Parameter(negative="")]


@dataclass(slots=True)
class _Outcome:
    """What several sources came to; one that could not be opened does not keep the others from being read."""

    reports: list[StreamReport] = field(default_factory=list)
    codes: list[int] = field(default_factory=list)

    def take(self, names: Sequence[str], read: Callable[[str], list[StreamReport]]) -> None:
        """Read sources one after the other; the error of a single one is the command's own."""
        from connectors.errors import ConnectorError
        from sell_model.errors import HubError

        for name in names:
            try:
                self.reports += read(name)
            except (HubError, ConnectorError) as error:
                if len(names) == 1:
                    raise
                note(f"source {name}:")
                self.codes.append(tell_error(error))

    def exit_code(self, *, strict: bool) -> int:
        """Tell how the command ends: by the worst that happened."""
        failed = [CREDENTIALS if r.credentials else FAILED for r in self.reports if r.state == "failed"]
        worst = [code for code in (*self.codes, *failed) if code != DONE]
        if worst:
            return CREDENTIALS if CREDENTIALS in worst else FAILED
        return HELD if strict and any(r.state == "done_with_held" for r in self.reports) else DONE


def sync(
    *sources: str,
    stream: Annotated[list[str] | None, Parameter(negative_iterable="")] = None,
    full: Flag = False,
    since: datetime | None = None,
    limit: int | None = None,
    dry_run: Flag = False,
    prefect: Flag = False,
    strict: Flag = False,
    json: Flag = False,
) -> int:
    """Bring in what is new at the sources.

    Args:
        sources: Names in hub.toml; none: all of them.
        stream: Only this stream; may be given several times.
        full: Read everything again instead of going on where the last run ended.
        since: Read what changed at or after this time (UTC when it names no zone).
        limit: Stop after so many records of each stream.
        dry_run: Do it all, tell what it came to, and take it back.
        prefect: Run it as a Prefect flow instead of in this process.
        strict: Exit with 3 when records are held.
        json: Print one array with an object per stream.
    """
    from hub.opening import open_hub
    from hub.runs import Options
    from sell_model.errors import SetupError

    _expect_limit(limit)
    if prefect and dry_run:
        raise SetupError("a flow cannot be rehearsed", fix="leave out --prefect")
    options = Options(streams=tuple(stream) if stream else None, full=full, since=_utc(since), limit=limit)
    with open_hub() as hub:
        names = _named(hub, sources)
        if dry_run:
            return _rehearse(hub, lambda to: _sync_all(hub, names, options, to, stored=False), strict=strict, json=json)
        outcome = _Outcome()
        if prefect:
            _by_prefect(hub, names, options, outcome)
        else:
            _sync_all(hub, names, options, outcome, stored=True)
        _tell(hub, outcome, json=json)
        return outcome.exit_code(strict=strict)


def import_(
    file: Path,
    /,
    *,
    as_: Annotated[Literal["lead", "contact", "deal"], Parameter(name="--as")] = "lead",
    mapping: str | None = None,
    source: str = "csv",
    pool: str | None = None,
    existing: Literal["update", "skip", "overwrite"] = "update",
    limit: int | None = None,
    dry_run: Flag = False,
    encoding: str | None = None,
    delimiter: str | None = None,
    id_column: str | None = None,
    strict: Flag = False,
    json: Flag = False,
) -> int:
    """Bring in a CSV file: Sell's import columns, or any by a mapping.

    Args:
        file: The file.
        as_: What its rows are.
        mapping: Name or file of a mapping; left out: Sell's import columns and their usual other names.
        source: Under which name its records are kept; the same list again updates what it brought.
        pool: Deals out, by turns, what has no owner.
        existing: What becomes of records that are there already.
        limit: Stop after so many rows.
        dry_run: Do it all, tell what it came to, and take it back.
        encoding: Python's name of it; left out: detected.
        delimiter: One character, or tab; left out: detected.
        id_column: The column that names a row; left out: id, then e-mail.
        strict: Exit with 3 when records are held.
        json: Print one array with an object per stream.
    """
    from hub.importing import Import
    from hub.opening import open_hub

    _expect_limit(limit)
    wanted = Import(file.expanduser(), as_, mapping, source, pool, existing, limit, encoding, delimiter, id_column)
    with open_hub() as hub:
        if dry_run:
            return _rehearse(hub, lambda to: _import(hub, wanted, to, stored=False), strict=strict, json=json)
        outcome = _Outcome()
        _import(hub, wanted, outcome, stored=True)
        _tell(hub, outcome, json=json)
        return outcome.exit_code(strict=strict)


def _utc(time: datetime | None) -> datetime | None:
    return time.replace(tzinfo=UTC) if time is not None and time.tzinfo is None else time


def _expect_limit(limit: int | None) -> None:
    from sell_model.errors import SetupError

    if limit is not None and limit < 1:
        raise SetupError(f"--limit {limit} reads nothing", fix="give a number from 1 on, or leave it out")


def _named(hub: Hub, sources: Sequence[str]) -> list[str]:
    from sell_model.errors import SetupError

    for name in sources:
        hub.settings.source(name)
    if not sources and not hub.settings.sources:
        raise SetupError("hub.toml names no source", fix="sellhub init writes samples; sellhub connector list has all")
    return list(dict.fromkeys(sources or hub.settings.sources))


def _sync_all(hub: Hub, names: Sequence[str], options: Options, outcome: _Outcome, *, stored: bool) -> None:
    from hub.sync import sync_source

    def read(name: str) -> list[StreamReport]:
        with watching(hub, name, name, stored=stored):
            return sync_source(hub, name, options)

    outcome.take(names, read)


def _import(hub: Hub, wanted: Import, outcome: _Outcome, *, stored: bool) -> None:
    from hub.importing import import_file

    with watching(hub, wanted.source, wanted.path.name, stored=stored):
        outcome.reports += import_file(hub, wanted)


def _rehearse(hub: Hub, work: Callable[[_Outcome], None], *, strict: bool, json: bool) -> int:
    from hub.rehearsing import rehearse

    outcome = _Outcome()

    def reports() -> list[StreamReport]:
        work(outcome)
        return outcome.reports

    rehearsal = rehearse(hub, reports)
    if json:
        tell_json(rehearsal.to_json())
    else:
        tell_rehearsal(rehearsal)
    return outcome.exit_code(strict=strict)


def _by_prefect(hub: Hub, names: Sequence[str], options: Options, outcome: _Outcome) -> None:
    from flows.sync import run_sync

    outcome.take(names, lambda name: [_report(told) for told in run_sync(hub.home, name, options)])


def _report(told: dict[str, Any]) -> StreamReport:
    """Read back what a flow gives: the object of `--json`."""
    from hub.reports import StreamReport
    from storage.streams import Counts

    names = ("run", "source", "stream", "state", "remapped", "calls", "seconds", "cursor", "notices", "error", "fix")
    counts = {name: count for name, count in told["counts"].items() if name != "read"}
    return StreamReport(**{name: told[name] for name in names if name in told}, counts=Counts(**counts))


def _tell(hub: Hub, outcome: _Outcome, *, json: bool) -> None:
    if json:
        tell_json([report.to_json() for report in outcome.reports])
    else:
        tell_reports(hub, outcome.reports)
