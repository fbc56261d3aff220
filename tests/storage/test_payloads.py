"""Payloads come back as they were landed; ids that no database keeps are told apart."""

from __future__ import annotations

from typing import Any

import pytest

from hub.land import payload
from storage.payloads import read_payload, storable_id


@pytest.mark.parametrize(
    "value",
    [10**30, -(10**18), 2**64, 2**63 - 1, -(2**63), "\ud800", "1" * 40, {"\udfff": [10**25, 0.1, None]}, 1e300, "é 销"],
    ids=ascii,
)
def test_a_payload_is_read_back_exactly(value: Any) -> None:
    """Mapped again it must come to the same values, and to the same hash."""
    raw = payload({"value": value})
    assert read_payload(raw.decode()) == {"value": value}
    assert payload(read_payload(raw.decode())) == raw


@pytest.mark.parametrize("id_", ["1\x00", "\ud800", "x\udfff", "é" * 1_001], ids=("NUL", "half", "other half", "long"))
def test_an_id_that_no_database_keeps_is_known(id_: str) -> None:
    """It would end in the driver, and stop its stream."""
    assert not storable_id(id_)


@pytest.mark.parametrize("id_", ["1", "销售/7 ü", "\n", "x" * 2_000], ids=("short", "any script", "a line end", "long"))
def test_an_id_of_whole_characters_is_kept(id_: str) -> None:
    """Whatever else it holds."""
    assert storable_id(id_)
