"""`connector`: what there is, whether it can be reached, its fields, a raw sample; wrong input."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.hubspot.standin import HubSpotSandbox
from tests.console import Shell


@pytest.fixture
def vendor() -> Iterator[HubSpotSandbox]:
    with HubSpotSandbox() as sandbox:
        yield sandbox


@pytest.fixture
def crm(shell: Shell, vendor: HubSpotSandbox) -> Shell:
    """A hub with a HubSpot source at a stand-in, and a spreadsheet."""
    reached = vendor.settings()
    shell.settings(
        f'[sources.crm]\nconnector = "hubspot"\ntoken = "{reached["token"]}"\nbase_url = "{reached["base_url"]}"\n'
        '[sources.events]\nconnector = "csv"\npath = "events.csv"\n'
    )
    shell.sheet("events.csv", "Name,Email,Seats", "Ann Li,ann@x.com,3", "Bo Qi,bo@x.com,4", "Cy Oh,cy@x.com,5")
    return shell


def test_the_list_has_every_connector_with_its_settings_and_every_source(crm: Shell) -> None:
    """The catalogue answers: what could I add, how is it set, what have I got?"""
    told = crm("connector", "list").out
    data = crm("connector", "list", "--json").json()

    assert {"csv", "hubspot", "salesforce", "mailchimp", "zendesk_support", "webhook"} <= {
        each["name"] for each in data["connectors"]
    }
    hubspot = next(each for each in data["connectors"] if each["name"] == "hubspot")
    assert {"token", "base_url"} <= {setting["name"] for setting in hubspot["settings"]}
    assert next(s for s in data["sources"] if s["name"] == "crm")["streams"][:2] == ["owners", "pipelines"]
    assert "Access token of a private app" in told
    singer = next(each for each in data["connectors"] if each["name"] == "singer")
    assert {s["name"]: s["default"] for s in singer["settings"]}["config"] == "{}", "a default is no secret"
    assert "****" not in told


def test_a_source_that_cannot_be_opened_is_listed_with_its_problem(shell: Shell) -> None:
    """One wrong section must not hide the others."""
    shell.settings('[sources.a]\nconnector = "hubsopt"\n[sources.b]\nconnector = "csv"\npath = "b.csv"\n')

    told = shell("connector", "list")

    assert told.code == 0
    assert "no connector called 'hubsopt'; did you mean 'hubspot'?" in told.out


def test_a_check_tries_every_source_of_hub_toml(crm: Shell) -> None:
    """Live: the vendor is asked, the file is read."""
    told = crm("connector", "check")

    assert told.code == 0
    assert "ok    crm: connection: HubSpot answers and accepts the token" in told.out
    assert "ok    events: file:" in told.out


def test_a_check_fails_when_the_vendor_refuses_the_token(crm: Shell, vendor: HubSpotSandbox) -> None:
    """With the vendor's answer in words and a way out."""
    crm.settings(f'[sources.crm]\nconnector = "hubspot"\ntoken = "wrong"\nbase_url = "{vendor.base_url}"\n')

    told = crm("connector", "check", "crm")

    assert told.code in {1, 4}
    assert "FAIL  crm: " in told.out
    assert "fix:" in told.out


def test_discovered_fields_have_types_and_examples(crm: Shell) -> None:
    """They are what a mapping is written from."""
    sheet = crm("connector", "discover", "events", "--json").json()["rows"]
    contacts = crm("connector", "discover", "crm.contacts")

    assert [(field["path"], field["type"], field["example"]) for field in sheet] == [
        ("Name", "string", "Ann Li"),
        ("Email", "string", "ann@x.com"),
        ("Seats", "number", "3"),
    ]
    assert "properties.email" in contacts.out
    assert "next: sellhub map new crm.contacts" in contacts.out


def test_a_raw_sample_is_as_the_source_sends_it_and_nothing_is_stored(crm: Shell) -> None:
    """To see what there really is before any mapping has touched it; only its calls are counted."""
    crm("connector", "list")  # makes the database
    before = stored(crm)

    sheet = crm("connector", "pull", "events.rows", "--limit", "2").json()
    contacts = crm("connector", "pull", "crm.contacts").json()

    assert [record["data"] for record in sheet] == [
        {"Name": "Ann Li", "Email": "ann@x.com", "Seats": "3"},
        {"Name": "Bo Qi", "Email": "bo@x.com", "Seats": "4"},
    ]
    assert len(contacts) == 3
    assert stored(crm) == before


def stored(crm: Shell) -> list[str]:
    """All that the database holds, but for how many calls were made."""
    return [line for line in crm.dump().splitlines() if not line.startswith('INSERT INTO "quota"')]


def test_a_raw_sample_takes_no_more_pages_than_it_needs(crm: Shell, vendor: HubSpotSandbox) -> None:
    """The account's calls are a budget: one to see how it is counted, one page of six."""
    vendor.add_contacts(500)
    vendor.calls.clear()

    crm("connector", "pull", "crm.contacts", "--limit", "1")

    assert sum(call.path.endswith("/contacts") for call in vendor.calls) <= 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "crn"), "no source called 'crn' in hub.toml; did you mean 'crm'?"),
        (("discover", "crm.contcts"), "HubSpot has no stream 'contcts'; did you mean 'contacts'?"),
        (("pull", "crm"), "which stream of crm?"),
        (("pull", "nowhere.csv"), "there is no file"),
    ],
)
def test_a_wrong_name_is_answered_with_the_nearest(crm: Shell, words: tuple[str, ...], said: str) -> None:
    """Typing errors are the commonest input of all."""
    told = crm("connector", *words)

    assert told.code == 1
    assert said in told.err
    assert "fix:" in told.err


def test_all_wrong_settings_of_a_source_are_named_at_once(shell: Shell) -> None:
    """By their names, never by their values."""
    shell.settings('[sources.a]\nconnector = "csv"\nencodnig = "utf-8"\ndelimiter = ";;"\nquota_share = 7\n')

    told = shell("connector", "check", "a")

    assert told.code == 1
    for part in ("path is missing", "encodnig is no setting of it, did you mean encoding?", "delimiter", "quota_share"):
        assert part in told.out


def test_an_unreachable_host_is_said_in_words(shell: Shell) -> None:
    """Not as a traceback, and within the tries that were set."""
    shell.settings(
        '[sources.crm]\nconnector = "hubspot"\ntoken = "pat-x"\nbase_url = "http://127.0.0.1:9"\nattempts = 1\n'
    )

    told = shell("connector", "pull", "crm.contacts")

    assert told.code == 1
    assert "127.0.0.1:9" in told.err
    assert "Traceback" not in told.out + told.err
