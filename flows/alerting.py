"""Hooks of flows: they tell people when a source goes wrong, and when it is well again."""

from __future__ import annotations

from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import FlowRun, State
from prefect.logging import get_logger

from connectors.errors import ConnectorError
from hub.alerting import Alert, alert_url, send, tell
from hub.opening import open_hub
from hub.settings import home_folder, read_settings
from sell_model.errors import HubError


def tell_failure(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Tell that a run failed, or that its process died."""
    if state.is_crashed():
        text, fix = "the process that ran it died", "sellhub run list; Prefect has the process's last words"
    else:
        text, fix = _said(state.result(raise_on_failure=False))
    _tell(flow_run, Alert(flow_run.parameters["source"], "failed", text, fix))


def tell_recovery(flow: Flow[..., Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Tell that a source works again."""
    _tell(flow_run, Alert(flow_run.parameters["source"], "recovered", "its last run came to a good end"))


def _said(failure: object) -> tuple[str, str]:
    """Give an error's text and the way out; an error that is not the hub's own may bear values, so only its kind."""
    if isinstance(failure, (HubError, ConnectorError)):
        return str(failure), failure.fix
    return type(failure).__name__, "sellhub run list"


def _tell(run: FlowRun, alert: Alert) -> None:
    home = home_folder(run.parameters["home"])
    url = alert_url(read_settings(home), home)
    if url is None:
        return
    try:
        with open_hub(home) as hub:
            tell(hub, alert)
    except HubError as error:
        # Without the database nobody remembers what was told; bad news twice is better than none.
        get_logger("sellhub").error("the alert of %s could not be recorded: %s", alert.source, error)
        if alert.health != "recovered":
            send(url, alert)
