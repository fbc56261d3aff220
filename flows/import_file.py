"""When a file is imported by Prefect. What an import does stands in hub/importing.py."""

from __future__ import annotations

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.alerting import tell_failure, tell_recovery
from flows.discretion import discreet
from flows.outcome import SyncFailedError
from flows.publishing import publish
from hub import importing
from hub.importing import Existing, Import, ImportAs
from hub.opening import open_hub
from hub.settings import home_folder
from sell_model.types import JsonObject


@flow(
    name="import_file",
    flow_run_name="import {source}",
    persist_result=False,
    on_failure=[tell_failure],
    on_crashed=[tell_failure],
    on_completion=[tell_recovery],
)
def import_file(
    path: str,
    home: str,
    kind: ImportAs = "lead",
    source: str = "csv",
    mapping: str | None = None,
    pool: str | None = None,
    existing: Existing = "update",
    limit: int | None = None,
) -> list[JsonObject]:
    """Import a CSV file; the same file again changes nothing.

    Args:
        path: the file; a relative one lies in the hub's home.
        home: the folder of hub.toml.
        kind: what its rows are.
        source: under which name its records are kept.
        mapping: name or file of a mapping; left out: Sell's import columns.
        pool: deals out what has no owner.
        existing: `update`, `skip` or `overwrite` records that are there.
        limit: at most so many rows.
    """
    wanted = Import(home_folder(home) / path, kind, mapping, source, pool, existing, limit)
    reports = []

    @task(task_run_name=f"{source}.{kind}", cache_policy=NO_CACHE, persist_result=False)
    def import_rows() -> None:
        with discreet(), open_hub(home) as hub:
            reports.extend(importing.import_file(hub, wanted))

    import_rows()
    publish(source, reports)
    if any(report.state == "failed" for report in reports):
        raise SyncFailedError(reports)
    return [report.to_json() for report in reports]
