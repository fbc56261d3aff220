"""All sources of a hub in one flow, for a deployment that need not know their names."""

from __future__ import annotations

from prefect import flow

from flows.outcome import reports_of
from flows.sync import sync
from hub.settings import home_folder, read_settings
from sell_model.errors import HubError, SetupError
from sell_model.types import JsonObject


@flow(name="sync_all", flow_run_name="sync all", persist_result=False)
def sync_all(home: str) -> list[JsonObject]:
    """Sync every source of hub.toml, one after the other; one that fails does not stop the others.

    Args:
        home: the folder of hub.toml.
    """
    folder = home_folder(home)
    sources = list(read_settings(folder).sources)
    if not sources:
        raise SetupError(f"{folder}/hub.toml names no sources", fix="add one as [sources.NAME]")
    states = {source: sync(source, str(folder), return_state=True) for source in sources}
    failed = [source for source, state in states.items() if not state.is_completed()]
    if failed:
        raise HubError(f"failed: {', '.join(failed)}", fix="sellhub run list")
    return [report for state in states.values() for report in reports_of(state)]
