"""How flows say that they failed, and how their callers learn what was done all the same."""

from __future__ import annotations

from typing import Any

from prefect.client.schemas.objects import State

from hub.reports import StreamReport
from sell_model.errors import HubError
from sell_model.types import JsonObject


class StreamFailedError(HubError):
    """A stream failed; its report says how."""

    def __init__(self, report: StreamReport) -> None:
        super().__init__(f"{report.source} {report.stream}: {report.error}", fix=report.fix or "")
        self.report = report


class SyncFailedError(HubError):
    """At least one stream of a run failed; the reports are of all of them."""

    def __init__(self, reports: list[StreamReport]) -> None:
        failed = [report for report in reports if report.state == "failed"]
        said = "; ".join(f"{report.stream}: {report.error}" for report in failed)
        super().__init__(f"run {failed[0].run} of {failed[0].source} failed: {said}", fix=failed[0].fix or "")
        self.reports = reports


def reports_of(state: State[Any]) -> list[JsonObject]:
    """Give a run's reports from the state its flow came to, failed streams too.

    Raises:
        Exception: what kept the run from beginning at all.
    """
    outcome = state.result(raise_on_failure=False)
    if isinstance(outcome, SyncFailedError):
        return [report.to_json() for report in outcome.reports]
    if isinstance(outcome, BaseException):
        raise outcome
    reports: list[JsonObject] = outcome
    return reports
