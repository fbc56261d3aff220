"""Whatever is posted, the hub answers with what is wrong about it, and goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.intake.door import TOKEN, leads, make_home, post, serving, soon, submission

TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/html", "")

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
content = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)
forms = st.dictionaries(
    st.sampled_from(["id", "email", "last_name", "phone", "type", "data", "timestamp", "tags", "country"]), content
)
contents = st.binary(max_size=200) | (content | forms | st.lists(forms, max_size=3)).map(
    lambda value: json.dumps(value).encode()
)


@pytest.fixture(name="server", scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    home = make_home(tmp_path_factory.mktemp("home"))
    with serving(home) as address:
        yield address, home


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=contents, kind=st.sampled_from(TYPES), token=st.sampled_from([TOKEN, TOKEN, TOKEN, "", "né"]))
def test_no_body_makes_the_hub_fail(server: tuple[str, Path], body: bytes, kind: str, token: str) -> None:
    """Not when it is received; what is wrong about it is the sender's to know."""
    headers: dict[str, Any] = {"Content-Type": kind, "X-Webhook-Token": token.encode()}
    answer = requests.post(f"{server[0]}/hooks/form", data=body, headers=headers, timeout=10)

    assert answer.status_code in {200, 202, 400, 415} if token == TOKEN else answer.status_code == 401
    assert "error" in answer.json() or "key" in answer.json()


def test_none_of_them_stood_in_the_way_of_a_real_one(server: tuple[str, Path]) -> None:
    """All that was accepted is taken in, or held with a reason."""
    address, home = server

    assert soon(lambda: requests.get(f"{address}/healthz", timeout=10).json()["waiting"] == 0, within=10)
    assert post(address, submission(1)).status_code == 202
    assert soon(lambda: "p1@example1.com" in [email for email, _ in leads(home)])
