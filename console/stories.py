"""`sellhub lead|contact|deal activities`: what happened around a record, newest first."""

from __future__ import annotations

from console.activities import LIMIT, MOST, After, Json, Limit
from console.activity_words import tell_activities
from console.record_words import Kind
from console.records import RecordId
from console.telling import note, tell, tell_json, tell_next


def lead(id_: RecordId, /, *, limit: Limit = LIMIT, after: After = None, json: Json = False) -> None:
    """Tell what happened around a lead, newest first, and what it comes to."""
    _tell("lead", id_, limit=limit, after=after, json=json)


def contact(id_: RecordId, /, *, limit: Limit = LIMIT, after: After = None, json: Json = False) -> None:
    """Tell what happened around a contact and the leads that it was; of a company, with its employees, too."""
    _tell("contact", id_, limit=limit, after=after, json=json)


def deal(id_: RecordId, /, *, limit: Limit = LIMIT, after: After = None, json: Json = False) -> None:
    """Tell what happened around a deal, newest first: its moves, and the calls beside it, too."""
    _tell("deal", id_, limit=limit, after=after, json=json)


def _tell(kind: Kind, id_: str, *, limit: int, after: str | None, json: bool) -> None:
    from hub import activities, records
    from hub.opening import open_hub
    from sell_model.errors import SetupError

    if not 1 <= limit <= MOST:
        raise SetupError(f"--limit {limit}: a page holds from 1 to {MOST:,}", fix="go on with --after ID")
    number = records.read_id(kind, id_)
    its = records.shown_id(kind, number)
    with open_hub() as hub:
        told = activities.story(hub, (kind, number), limit, after)
    if json:
        tell_json(told.to_json())
    elif told.lines:
        tell_activities(told, its)
        tell_next(f"sellhub {kind} show {its}")
    else:
        tell(f"{its}: nothing yet" if after is None else f"{its}: nothing more")
        tell_next(f'sellhub note add {its} "TEXT"')
    if told.following:
        size = f" --limit {limit}" if limit != LIMIT else ""
        note(f"more: sellhub {kind} activities {its}{size} --after {told.following}")
