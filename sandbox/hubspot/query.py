"""HubSpot's search: filters evaluated, one sort, offset paging with its cap of 10,000."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.hubspot.kinds import CREATED, MODIFIED
from sandbox.hubspot.portal import CrmRecord, Portal

CAP = 10_000
MOST_GROUPS, MOST_FILTERS, MOST_IN_ALL = 5, 6, 18

Test = Callable[[CrmRecord], bool]
Comparable = int | float | str


class BadSearch(Exception):  # noqa: N818  -- it names the request
    """The search cannot be run; the text is what HubSpot answers with HTTP 400."""


def search(portal: Portal, kind: str, body: dict[str, Any], *, lag_ms: int) -> tuple[list[CrmRecord], int, str | None]:
    """Run a search.

    Returns:
        The page's records, how many match in all, and `after` of the next page (an offset).

    Raises:
        BadSearch: outside the limits, or not a search.
    """
    limit, offset = _paging(body)
    groups = _groups(portal, kind, body.get("filterGroups") or [])
    records = portal.records[kind]
    looked_at = [records[id_] for id_ in _candidates(portal, kind, body.get("filterGroups") or []) if id_ in records]
    shown = (portal.searchable(record, lag_ms) for record in looked_at)
    found = [r for r in shown if r is not None and (not groups or any(_all(group, r) for group in groups))]
    _sort(portal, kind, found, body.get("sorts") or [])
    end = offset + limit
    return found[offset:end], len(found), str(end) if end < len(found) else None


def _candidates(portal: Portal, kind: str, groups: list[dict[str, Any]]) -> Iterable[int]:
    """Narrow down what is looked at, where the only group says from when on, or above which id."""
    index = portal.index[kind]
    filters = groups[0].get("filters") or [] if len(groups) == 1 else []
    for one in filters:
        if (one.get("propertyName"), one.get("operator")) == (MODIFIED[kind], "GTE"):
            return sorted(index.changed_since(int(_number(one))))
    for one in filters:
        if (one.get("propertyName"), one.get("operator")) == ("hs_object_id", "GT"):
            return index.ids_above(int(_number(one)))
    return portal.records[kind]


def _number(filter_: dict[str, Any]) -> float:
    value = _comparable(str(filter_.get("value")))
    if isinstance(value, (int, float)):
        return value
    raise BadSearch(f"{filter_.get('propertyName')} needs a number or a time")


def _all(tests: Sequence[Test], record: CrmRecord) -> bool:
    return all(test(record) for test in tests)


def _paging(body: dict[str, Any]) -> tuple[int, int]:
    limit, offset = int(body.get("limit") or 10), int(body.get("after") or 0)
    if not 1 <= limit <= 200:
        raise BadSearch("limit must be between 1 and 200")
    if offset + limit > CAP:
        raise BadSearch(f"The offset and limit may not go past {CAP:,} results")
    return limit, offset


def _groups(portal: Portal, kind: str, groups: list[dict[str, Any]]) -> list[list[Test]]:
    filters = [group.get("filters") or [] for group in groups]
    if len(filters) > MOST_GROUPS or any(len(f) > MOST_FILTERS for f in filters):
        raise BadSearch("too many filter groups or filters")
    if sum(map(len, filters)) > MOST_IN_ALL:
        raise BadSearch("too many filters in all")
    return [[_test(portal, kind, one) for one in group] for group in filters]


def _test(portal: Portal, kind: str, filter_: dict[str, Any]) -> Test:
    """Make one filter's test; a property without value passes only tests for absence."""
    name, operator = str(filter_["propertyName"]), str(filter_["operator"])
    get = _getter(portal, kind, name)
    if operator == "HAS_PROPERTY":
        return lambda record: get(record) is not None
    if operator == "NOT_HAS_PROPERTY":
        return lambda record: get(record) is None
    compare = _comparison(operator, filter_)

    def test(record: CrmRecord) -> bool:
        value = get(record)
        return value is not None and compare(value)

    return test


def _getter(portal: Portal, kind: str, name: str) -> Callable[[CrmRecord], Comparable | None]:
    if name == "hs_object_id":
        return lambda record: record.id
    if name == MODIFIED[kind]:
        return lambda record: record.updated
    if name == CREATED[kind]:
        return lambda record: record.created
    return lambda record: _comparable(portal.value(kind, record, name))


def _comparable(value: str | None) -> Comparable | None:
    """Numbers and times compare as numbers (times in epoch milliseconds), the rest in lower case."""
    if value is None:
        return None
    try:
        return float(value)
    except ValueError:
        return _time_or_text(value)


def _time_or_text(value: str) -> Comparable:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value.lower()
    return round(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)


def _comparison(operator: str, filter_: dict[str, Any]) -> Callable[[Comparable], bool]:
    low = _comparable(str(filter_["value"])) if "value" in filter_ else None
    high = _comparable(str(filter_["highValue"])) if "highValue" in filter_ else None
    many = {_comparable(str(value)) for value in filter_.get("values") or ()}
    tests: dict[str, Callable[[Any], bool]] = {
        "EQ": lambda value: value == low,
        "NEQ": lambda value: value != low,
        "LT": lambda value: value < low,
        "LTE": lambda value: value <= low,
        "GT": lambda value: value > low,
        "GTE": lambda value: value >= low,
        "BETWEEN": lambda value: low <= value <= high,
        "IN": lambda value: value in many,
        "NOT_IN": lambda value: value not in many,
        "CONTAINS_TOKEN": lambda value: str(low).strip("*") in str(value),
        "NOT_CONTAINS_TOKEN": lambda value: str(low).strip("*") not in str(value),
    }
    if operator not in tests:
        raise BadSearch(f"unknown operator {operator}")
    return tests[operator]


def _sort(portal: Portal, kind: str, found: list[CrmRecord], sorts: list[Any]) -> None:
    if len(sorts) > 1:
        raise BadSearch("only one sort is allowed")
    if not sorts:
        return
    sort = sorts[0] if isinstance(sorts[0], dict) else {"propertyName": str(sorts[0])}
    get = _getter(portal, kind, str(sort["propertyName"]))
    found.sort(key=lambda record: _order(get(record)), reverse=sort.get("direction") == "DESCENDING")


def _order(value: Comparable | None) -> tuple[int, float, str]:
    if value is None:
        return 0, 0.0, ""
    return (1, float(value), "") if isinstance(value, (int, float)) else (2, 0.0, value)
