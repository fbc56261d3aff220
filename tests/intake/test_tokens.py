"""Tokens of the hub: shown once, kept as hashes, for one source, until they are revoked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from console.main import run
from hub.opening import open_hub
from hub.tokens import PREFIX, SCOPES, add_token, find_token, list_tokens, revoke_token, token_in
from sell_model.errors import SetupError
from tests.conftest import OpenHub
from tests.intake.door import leads, make_home, refused, rows, serving, soon, submission

HUB = """
[sources.site]
connector = "webhook"

[sources.other]
connector = "webhook"
token = "a-token-of-hub-toml"

[sources.api]
connector = "leads_api"

[sources.list]
connector = "csv"
path = "leads.csv"
"""


def test_a_token_is_kept_as_a_hash_and_found_by_what_it_says(opened: OpenHub) -> None:
    """Whoever reads the database can use none of them."""
    hub = opened(HUB)
    made, other = add_token(hub, "zapier", "site", by="ann"), add_token(hub, "n8n", "api", by="ann")

    assert made.text.startswith(PREFIX)
    assert len(made.text) > 40
    assert find_token(hub, made.text) == made.row
    assert find_token(hub, made.text + "x") is None
    assert find_token(hub, made.row.hash) is None
    assert made.text[5:] not in str(rows(hub, "SELECT * FROM token"))
    assert (made.row.scopes, other.row.scopes) == (("write",), SCOPES)


def test_a_revoked_token_holds_no_more_and_its_name_is_free(opened: OpenHub) -> None:
    """A leak is answered by a new token of the same name; the list still says who had which."""
    hub = opened(HUB)
    first = add_token(hub, "zapier", "site")
    revoke_token(hub, "zapier")
    second = add_token(hub, "zapier", "site")

    assert find_token(hub, first.text) is None
    assert find_token(hub, second.text) == second.row
    assert [row.id for row in list_tokens(hub)] == [second.row.id]
    assert [row.id for row in list_tokens(hub, revoked=True)] == [first.row.id, second.row.id]


@pytest.mark.parametrize(
    ("name", "source", "scopes", "told"),
    [
        ("zapier", "nobody", (), "no source called"),
        ("zapier", "list", (), "nothing is sent to it"),
        ("zapier", "site", ("admin",), "no scope 'admin'"),
        ("a\nb", "site", (), "cannot be a token's name"),
        ("", "site", (), "cannot be a token's name"),
        ("taken", "site", (), "there is a token called 'taken'"),
    ],
)
def test_what_cannot_be_a_token_is_said_with_the_way_out(
    opened: OpenHub, name: str, source: str, scopes: tuple[str, ...], told: str
) -> None:
    """Before anything is stored."""
    hub = opened(HUB)
    add_token(hub, "taken", "site")

    with pytest.raises(SetupError, match=told) as caught:
        add_token(hub, name, source, scopes)
    assert caught.value.fix
    assert len(list_tokens(hub)) == 1


def test_a_webhook_takes_what_bears_its_token(tmp_path: Path) -> None:
    """In either header; each delivery is still known when it comes again, and another source's token is none."""
    home = make_home(tmp_path, HUB)
    with open_hub(home) as hub:
        token, others = add_token(hub, "zapier", "site").text, add_token(hub, "n8n", "other").text
    with serving(home) as address:

        def status(source: str, number: int, **headers: str) -> int:
            answer = requests.post(f"{address}/hooks/{source}", json=submission(number), headers=headers, timeout=10)
            return answer.status_code

        bearing = {"Authorization": f"Bearer {token}"}
        assert [status("site", 1, **bearing), status("site", 1, **bearing)] == [202, 200]
        assert status("site", 2, **{"X-Webhook-Token": token}) == 202
        assert status("other", 3, **{"X-Webhook-Token": "a-token-of-hub-toml"}) == 202
        assert [status("other", 4, **bearing), status("site", 4, Authorization=f"Bearer {others}")] == [401, 401]
        assert status("site", 4) == 401
        assert soon(lambda: len(leads(home)) == 3)
        with open_hub(home) as hub:
            revoke_token(hub, "zapier")
        assert status("site", 5, **bearing) == 401

    assert refused(home) == {("other", 401): 1, ("site", 401): 3}


def test_a_token_that_may_only_read_sends_nothing(tmp_path: Path) -> None:
    """403: it is known, and may not."""
    home = make_home(tmp_path, HUB)
    with open_hub(home) as hub:
        token = add_token(hub, "zapier", "site", ("read",)).text
    with serving(home) as address:
        headers = {"Authorization": f"Bearer {token}"}
        answer = requests.post(f"{address}/hooks/site", json=submission(1), headers=headers, timeout=10)

    assert answer.status_code == 403
    assert token not in answer.text


def test_when_a_token_was_last_used_is_noted(tmp_path: Path) -> None:
    """So that whoever cleans up knows which ones nobody needs."""
    home = make_home(tmp_path, HUB)
    with open_hub(home) as hub:
        token = add_token(hub, "zapier", "api").text
        hooked = add_token(hub, "hooked", "site").text
        add_token(hub, "idle", "api")
    with serving(home) as address:
        bearing = {"Authorization": f"Bearer {hooked}"}
        requests.post(f"{address}/hooks/site", json=submission(1), headers=bearing, timeout=10)
        requests.get(f"{address}/v2/leads", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    with open_hub(home) as hub:
        used = {row.name: row.last_used_at for row in list_tokens(hub)}

    assert used["zapier"]
    assert used["hooked"]
    assert used["idle"] is None


def test_only_tokens_of_the_hub_are_taken_for_one() -> None:
    """What vendors send in the same headers is theirs to be judged by."""
    assert token_in({"authorization": "Bearer shub_a"}) == token_in({"x-webhook-token": "shub_a"}) == "shub_a"
    assert token_in({"authorization": "bearer  shub_a "}) == "shub_a"
    for others in ({}, {"authorization": "Basic shub_a"}, {"authorization": "Bearer other"}, {"x-webhook-token": "x"}):
        assert token_in(others) is None


def test_the_commands_show_a_token_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Added, listed, revoked; a dry run makes none."""
    home = ["--home", str(make_home(tmp_path, HUB))]

    assert run(["token", "add", "zapier", "--source", "site", "--dry-run", *home]) == 0
    assert PREFIX not in capsys.readouterr().out
    assert run(["token", "add", "zapier", "--source", "api", "--scope", "write", "--json", *home]) == 0
    made = json.loads(capsys.readouterr().out)
    assert (made["scopes"], made["token"][:5]) == (["write"], PREFIX)
    assert run(["token", "list", "--json", *home]) == 0
    (listed,) = json.loads(capsys.readouterr().out)
    assert listed.keys() == {"name", "source", "scopes", "created_by", "created_at", "last_used_at", "revoked_at"}
    assert run(["token", "list", *home]) == 0
    assert made["token"] not in (shown := capsys.readouterr().out)
    assert "never" in shown
    assert run(["token", "revoke", "zapier", *home]) == 0
    assert run(["token", "revoke", "zapier", *home]) == 1
    assert "no token called" in capsys.readouterr().err
    assert run(["token", "list", "--revoked", *home]) == 0
    assert "zapier" in capsys.readouterr().out
