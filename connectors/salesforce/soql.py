"""The few queries that we ask, as SOQL text."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.salesforce.values import moment


def select(fields: Sequence[str], sobject: str, where: str, order: str = "") -> str:
    """Write `SELECT …`."""
    query = f"SELECT {', '.join(fields)} FROM {sobject}"  # noqa: S608 -- names come from describe
    query += f" WHERE {where}" if where else ""
    return query + (f" ORDER BY {order}" if order else "")


def count(sobject: str, where: str) -> str:
    """Write `SELECT COUNT() …`; the number comes as `totalSize`."""
    return select(["COUNT()"], sobject, where)


def window(field: str | None, since: str | None, after: tuple[str, str] | None, until: str | None) -> str:
    """Write the condition of what lies behind a place, and before `until`.

    Args:
        field: the time of change; None: only `Id` orders the object.
        since: at or after this time, when there is no `after`.
        after: time and id of the last row seen. Many rows may bear one time, so the id decides.
    """
    if field is None:
        return f"Id > {quoted(after[1])}" if after else ""
    where = f"{field} >= {literal(since)}" if since else ""
    if after and not after[1]:
        where = f"{field} >= {literal(after[0])}"
    elif after:
        time = literal(after[0])
        where = f"({field} = {time} AND Id > {quoted(after[1])}) OR {field} > {time}"
    if until is None:
        return where
    bound = f"{field} < {literal(until)}"
    return f"({where}) AND {bound}" if where else bound


def narrowed(where: str, more: str) -> str:
    """Write a condition that holds where two hold; an empty one always holds."""
    return f"({where}) AND ({more})" if where and more else where or more


def up_to(field: str | None, last: tuple[str, str]) -> str:
    """Write the condition of what lies at or before a row's time and id."""
    if field is None:
        return f"Id <= {quoted(last[1])}"
    time = literal(last[0])
    return f"{field} < {time} OR ({field} = {time} AND Id <= {quoted(last[1])})"


def among(ids: Sequence[str]) -> str:
    """Write the condition that an id is one of these."""
    return f"Id IN ({', '.join(map(quoted, ids))})"


def quoted(text: str) -> str:
    """Write a text literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def literal(time: str) -> str:
    """Write a time, unquoted as SOQL wants it; milliseconds only where there are some."""
    at = moment(time)
    millis = at.microsecond // 1000
    return f"{at:%Y-%m-%dT%H:%M:%S}" + (f".{millis:03d}Z" if millis else "Z")
