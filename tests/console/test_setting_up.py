"""`init` and `doctor`, and the page that documents every setting."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from pydantic import BaseModel

from hub import settings as hub_settings
from hub.connecting import CONNECTORS, connector_class, installed, make_connector
from hub.opening import open_hub
from hub.starting import SAMPLE
from sandbox.hubspot.standin import HubSpotSandbox
from tests.console import PEOPLE, Shell

DOCS = Path(__file__).parents[2] / "docs" / "settings.md"
SECTION = re.compile(r"(?:^# (?:\[(?:sources|destinations)\.|\w+ = ).*\n)+", re.M)


def switched_on() -> dict[str, str]:
    """The commented sections of the sample, each as a person would switch it on."""
    found = [re.sub(r"^# ", "", section, flags=re.M) for section in SECTION.findall(SAMPLE)]
    return {text.partition("]")[0].partition(".")[2]: text for text in found if text.startswith("[")}


def test_init_writes_settings_that_are_right(shell: Shell) -> None:
    """What a newcomer gets must pass the newcomer's own check."""
    told = shell("init")

    assert told.code == 0
    assert shell("doctor").code == 0
    assert [pool.name for pool in hub_settings.read_settings(shell.home).pools] == ["Inbound"]


def test_init_leaves_settings_that_are_there_alone_unless_forced(shell: Shell) -> None:
    """Hours of an admin's work lie in that file."""
    shell.settings("# mine\n")

    refused = shell("init")

    assert refused.code == 1
    assert "is there already" in refused.err
    assert "--force" in refused.err
    assert (shell.home / "hub.toml").read_text() == "# mine\n"
    assert shell("init", "--force").code == 0
    assert "Inbound" in (shell.home / "hub.toml").read_text()


def test_init_makes_a_home_that_is_not_there(shell: Shell) -> None:
    """`sellhub --home new init` is how somebody starts."""
    shell.home /= "new/home"

    assert shell("init").code == 0
    assert (shell.home / "hub.toml").exists()


def test_the_sample_has_a_section_for_every_connector(shell: Shell) -> None:
    """Whoever looks for their system finds it there."""
    named = {tomllib.loads(text) and re.search(r'connector = "(\w+)"', text)[1] for text in switched_on().values()}  # type: ignore[index]

    assert set(installed(CONNECTORS)) <= named


@pytest.mark.parametrize("name", [n for n in switched_on() if n != "export"])
def test_a_section_of_the_sample_works_when_switched_on(
    name: str, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sample with a wrong setting would be the first thing that a person sees fail."""
    text = switched_on()[name]
    for variable in re.findall(r'"env:(\w+)"', text):
        monkeypatch.setenv(variable, "0123456789abcdef0123456789abcdef-us19")
    shell.settings(SAMPLE + text)

    with open_hub(shell.home) as hub:
        part = hub.settings.source(name)
        make_connector(hub, part.connector, name, part.connector_settings).close()


def test_the_doctor_says_all_wrong_settings_at_once(shell: Shell) -> None:
    """Mending one fault per call is what people hate."""
    shell.settings('[hub]\nregoin = "US"\ncurrency = "dollars"\n')

    told = shell("doctor")

    assert told.code == 1
    assert "regoin: no such setting, did you mean region?" in told.out
    assert "hub.currency" in told.out


def test_the_doctor_names_every_secret_that_is_not_there(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable that is not exported is the commonest fault of all."""
    monkeypatch.delenv("NOT_SET", raising=False)
    shell.settings(
        '[sources.crm]\nconnector = "hubspot"\ntoken = "env:NOT_SET"\n'
        '[sources.news]\nconnector = "mailchimp"\ntoken = "file:no-such-file"\n'
    )

    told = shell("doctor", "--offline")

    assert told.code == 1
    assert "[sources.crm] token refers to the environment variable NOT_SET" in told.out
    assert "fix: export NOT_SET=…" in told.out
    assert "[sources.news] token refers to the file" in told.out


def test_the_doctor_shows_no_secret(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its output is pasted into tickets."""
    monkeypatch.setenv("HUBSPOT_TOKEN", "pat-very-secret")
    shell.settings(
        '[sources.crm]\nconnector = "hubspot"\ntoken = "env:HUBSPOT_TOKEN"\nattempts = 1\nlag = "soon"\n'
        'base_url = "http://127.0.0.1:9"\n'
    )

    told = shell("doctor", "--json")

    assert told.code == 1
    assert "pat-very-secret" not in told.out + told.err


def test_the_doctor_tries_sources_live(shell: Shell) -> None:
    """Settings may be right and the vendor's door shut all the same."""
    with HubSpotSandbox() as vendor:
        reached = vendor.settings()
        shell.settings(
            f'[sources.crm]\nconnector = "hubspot"\ntoken = "{reached["token"]}"\nbase_url = "{reached["base_url"]}"\n'
        )
        told = shell("doctor")
    gone = shell("doctor", "--offline")

    assert told.code == 0
    assert "source crm: connection: HubSpot answers" in told.out
    assert gone.code == 0


def test_the_doctor_says_that_a_host_cannot_be_reached(shell: Shell) -> None:
    """With the source's name, and no traceback."""
    shell.settings(
        '[sources.crm]\nconnector = "hubspot"\ntoken = "pat-x"\nbase_url = "http://127.0.0.1:9"\nattempts = 1\n'
    )

    told = shell("doctor")

    assert told.code == 1
    assert "FAIL  source crm" in told.out
    assert "Traceback" not in told.out + told.err


def test_the_doctor_says_that_a_pool_has_nobody(shell: Shell) -> None:
    """Leads that come into such a pool stay without an owner, and nobody notices."""
    shell.settings('[[pools]]\nname = "Empty"\n[sources.x]\nconnector = "csv"\npath = "x.csv"\npool = "Emtpy"\n')
    shell.sheet("x.csv", "Email", "a@x.com")
    shell("db", "upgrade")
    with open_hub(shell.home):  # plants the pool
        pass

    told = shell("doctor")

    assert told.code == 1
    assert "FAIL  pool 'Empty' of leads: no available member   fix: sellhub pool add 'Empty' --member EMAIL" in told.out
    assert "[sources.x] pool: there is no pool 'Emtpy'" in told.out


def test_the_doctor_makes_no_database_and_changes_none(shell: Shell) -> None:
    """It is a look, also at a hub of somebody else's."""
    assert shell("doctor").code == 0
    assert not (shell.home / "hub.db").exists()

    shell.settings(PEOPLE)
    shell("db", "upgrade")
    before = shell.dump()
    assert shell("doctor").code == 0
    assert shell.dump() == before


def test_the_doctor_says_that_the_database_is_newer_or_no_database(shell: Shell) -> None:
    """Two ways in which a wrong file lies there."""
    shell("db", "upgrade")
    shell.rows("UPDATE alembic_version SET version_num = '9999'")
    newer = shell("doctor")
    (shell.home / "hub.db").write_text("this is a letter, no database; " * 100)
    letter = shell("doctor")

    assert newer.code == letter.code == 1
    assert "schema 9999 is newer than this hub" in newer.out
    assert "FAIL  database" in letter.out


def test_the_doctor_points_into_a_mapping_that_is_wrong(shell: Shell) -> None:
    """File, line and column, as an editor jumps to."""
    folder = shell.home / "mappings" / "csv"
    folder.mkdir(parents=True)
    (folder / "own.lead.yaml").write_text("from: csv.own\nto: lead\nfields:\n  last_nmae: Name\n")

    told = shell("doctor")

    assert told.code == 1
    assert "own.lead.yaml:4:3" in told.out
    assert "last_name" in told.out


class _Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/api/health" else 404)
        self.end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """Something that answers as a Prefect server does when asked for its health."""
    with HTTPServer(("127.0.0.1", 0), _Health) as httpd:
        thread = Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}/api"
        httpd.shutdown()
        thread.join()


def test_the_doctor_asks_the_prefect_server(shell: Shell, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where one is named: a hub needs none."""
    monkeypatch.setenv("PREFECT_API_URL", server)
    there = shell("doctor")
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    gone = shell("doctor")

    assert f"ok    Prefect server: {server} answers" in there.out
    assert gone.code == 1
    assert "fix: start it: sellhub up" in gone.out


def _settings() -> Iterator[tuple[str, str]]:
    for part in vars(hub_settings).values():
        is_part = isinstance(part, type) and issubclass(part, BaseModel) and part.__module__ == hub_settings.__name__
        if is_part and not part.__name__.startswith("_"):
            yield from ((part.__name__, name) for name in part.model_fields)
    for connector in installed(CONNECTORS):
        yield from ((connector, name) for name in connector_class(connector).Config.model_fields)


@pytest.mark.parametrize("part", sorted({part for part, _ in _settings()}))
def test_every_setting_is_documented(part: str) -> None:
    """A setting that nobody can find does not exist."""
    text = DOCS.read_text(encoding="utf-8")
    if part in installed(CONNECTORS):
        text = (
            text.partition("## Every source")[2].partition("\n## ")[0]
            + text.partition(f"\n### `{part}`")[2].partition("\n### ")[0]
        )

    missing = [name for where, name in _settings() if where == part and f"`{name}`" not in text]

    assert not missing
