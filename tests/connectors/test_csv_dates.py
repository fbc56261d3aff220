"""Day and month: their order is told by values that prove it, or not at all."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.csv.dates import DateOrder, date_order


@pytest.mark.parametrize(
    ("values", "order"),
    [
        (["2024-03-04", "2024/12/31", "2024-03-04T10:00:00Z"], "ymd"),
        (["03/04/2024", "31/12/2024", ""], "dmy"),
        (["03.04.24", "31.12.24"], "dmy"),
        (["03/04/2024", "12/31/2024 10:15"], "mdy"),
        (["2024-03-04", "12/31/2024"], "mdy"),
        (["03/04/2024", "05/06/2024"], "unclear"),
        (["31/12/2024", "12/31/2024"], "unclear"),
        (["2024-01-01", "03/04/2024"], "unclear"),
        (["", "soon", "1/2", "99/99/2024", "1.2.2.4"], "unclear"),
    ],
)
def test_the_order_is_what_the_values_prove(values: list[str], order: DateOrder) -> None:
    """03/04 is March or April; a wrong guess would move every date of a file without a trace."""
    assert date_order(values) == order


@given(st.lists(st.dates(), min_size=1), st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d"]))
def test_an_answer_is_never_wrong(days: list[date], style: str) -> None:
    """Whatever the dates: the order they were written in, or `unclear`."""
    written = [day.strftime(style) for day in days if day.year >= 1000]
    right = {"%d/%m/%Y": "dmy", "%m/%d/%Y": "mdy", "%Y-%m-%d": "ymd"}[style]

    assert date_order(written) in {right, "unclear"}
