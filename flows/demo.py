"""The main job from end to end on the sandbox: six sources over real HTTP, one list of owned leads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from connectors.connector import Request
from flows.discretion import discreet
from flows.import_file import import_file
from flows.outcome import reports_of
from flows.serving import engine
from flows.sync import sync
from hub.demo_report import DemoReport, look
from hub.intake import receive
from hub.opening import open_hub
from hub.settings import FILE_NAME
from sandbox import webform
from sandbox.spreadsheet import write_leads_csv
from sandbox.world import POOL, VENDORS, WEB_FORM, WEB_FORM_SECRET, world
from sell_model.errors import SetupError
from sell_model.types import JsonObject

HEADING = "# Written by sellhub demo, anew each time: its vendors are stand-ins on this machine, their secrets made up."
LEADS_FILE = "leads.csv"


@flow(name="demo", flow_run_name="demo", persist_result=False)
def demo(home: str) -> list[JsonObject]:
    """Bring in everything that the sandbox's six systems know; gives an object per stream.

    Args:
        home: a folder for the demo's hub; made when it is not there.
    """
    folder = prepared(Path(home))
    with _sandbox(folder):
        receive_submissions(home)
        states = [sync(source, home, return_state=True) for source in (*VENDORS, WEB_FORM)]
    write_leads_csv(folder / LEADS_FILE)
    states.append(import_file(LEADS_FILE, home, pool=POOL, return_state=True))
    return [report for state in states for report in reports_of(state)]


def prepared(folder: Path) -> Path:
    """Make the demo's home.

    Raises:
        SetupError: somebody's own hub lives there.
    """
    file = folder / FILE_NAME
    if file.exists() and not file.read_text(encoding="utf-8").startswith(HEADING):
        raise SetupError(
            f"{file} is not the demo's, so it is left alone", fix="name another folder: sellhub demo --home DIR"
        )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def _sandbox(folder: Path) -> Iterator[None]:
    with world() as stand_ins:
        (folder / FILE_NAME).write_text(stand_ins.hub_toml(HEADING), encoding="utf-8")
        yield


@task(task_run_name="web_form.receive", cache_policy=NO_CACHE, persist_result=False)
def receive_submissions(home: str) -> None:
    """Send the web form's submissions through the door that posted forms come in by; a repeated one is known."""
    with discreet(), open_hub(home) as hub:
        for submission in webform.submissions():
            now = datetime.now(UTC)
            headers, body = webform.signed(WEB_FORM_SECRET, submission, now)
            receive(hub, WEB_FORM, Request("POST", f"/in/{WEB_FORM}", headers, body, now))


def run_demo(home: Path) -> tuple[list[JsonObject], DemoReport]:
    """Run the demo on a Prefect server of its own; gives its runs, and what stands in the hub after them.

    Raises:
        SetupError: the folder is somebody's own hub, or Prefect does not start.
    """
    prepared(home)
    with engine(home, own=True):
        runs = demo(str(home))
    with open_hub(home) as hub:
        return runs, look(hub)
