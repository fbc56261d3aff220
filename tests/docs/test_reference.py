from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from cyclopts import App

from console.main import COMMANDS, build
from hub.connecting import CONNECTORS, connector_class, installed
from hub.opening import open_hub
from storage.tables import metadata
from storage.views import VIEWS
from tests.docs import ROOT, blocks, headings, read

DOCS = ROOT / "docs"
COMMAND_LINE, DATABASE, GLOSSARY = DOCS / "command-line.md", DOCS / "database.md", DOCS / "glossary.md"
NOUNS = "source stream record cursor mapping step draft held match merge pool turn run push undo".split()


def _section(text: str, heading: str) -> str:
    """Give what stands below a heading, up to the next one."""
    found = re.search(rf"^#+ `{re.escape(heading)}`\n(.*?)(?=^#+ |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"no heading {heading}"
    return found[1]


def _named(text: str) -> set[str]:
    """Give all that stands in back quotes, commands without what follows their names."""
    return {word for quoted in re.findall(r"`([^`\n]+)`", text) for word in (quoted, *re.findall(r"[\w-]+", quoted))}


def _commands(app: App, *path: str) -> Iterator[tuple[tuple[str, ...], App]]:
    names = [name for name in app if not name.startswith("-")]
    if not names:
        yield path, app
    for name in names:
        yield from _commands(app[name], *path, name)


EVERY_COMMAND = [(path, app) for name in COMMANDS for path, app in _commands(build()[name], name)]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_heading(name: str) -> None:
    """And an example."""
    assert name in headings(COMMAND_LINE)
    assert f"\nsellhub {name}" in _section(read(COMMAND_LINE), name)


@pytest.mark.parametrize(("path", "app"), EVERY_COMMAND, ids=lambda value: " ".join(value) if value else "")
def test_every_sub_command_is_named_with_all_its_options(path: tuple[str, ...], app: App) -> None:
    """What is not in the reference does not exist for those who do not read code."""
    section = _section(read(COMMAND_LINE), path[0])
    arguments = app.assemble_argument_collection(parse_docstring=False)
    options = [name for argument in arguments for name in argument.names if name.startswith("--")]

    assert len(path) == 1 or re.search(rf"`{' '.join(path)}[ `]", section)
    assert [name for name in options if not name.startswith("--no-") and name not in _named(section)] == []


def test_the_command_line_reference_names_no_command_that_is_not_there() -> None:
    """A command that was taken out leaves the page, too."""
    known = {" ".join(path[:2]) for path, _ in EVERY_COMMAND}
    told = re.findall(r"^\| `([a-z]+ [a-z-]+)", read(COMMAND_LINE), re.MULTILINE)

    assert set(told) <= known


@pytest.mark.parametrize("name", installed(CONNECTORS))
def test_every_connector_has_a_page_that_names_all_its_settings(name: str) -> None:
    """Rights, settings, what is read, calls, limits, traps: whoever sets one up needs all six."""
    page = DOCS / "connectors" / f"{name}.md"
    parts = ["Rights needed", "Settings", "What is read", "Calls used", "Limits", "Traps"]

    assert [part for part in parts if part not in headings(page)] == []
    assert set(connector_class(name).Config.model_fields) - _named(read(page)) == set()


@pytest.mark.parametrize("name", VIEWS)
def test_every_view_is_documented_column_by_column(name: str, tmp_path: Path) -> None:
    """People build reports on them; a column without a meaning is guessed at."""
    with open_hub(tmp_path) as hub:
        columns = [column["name"] for column in sa.inspect(hub.store.engine).get_columns(name)]
    section = _section(read(DATABASE), name)
    told = [word for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for word in re.findall(r"`(\w+)`", row)]

    assert sorted(told) == sorted(columns)
    assert any(block.text in section for block in blocks(DATABASE, "sql"))


def test_every_table_is_named() -> None:
    """Roughly is enough, but all of them."""
    assert set(metadata.tables) - _named(read(DATABASE)) == set()


def test_the_glossary_has_the_fifteen_nouns_and_no_more() -> None:
    """One word, one meaning; a sixteenth noun is a decision, not an accident."""
    ours = read(GLOSSARY).partition("## Sell's own words")[0]

    assert re.findall(r"^\*\*(\w+)\*\* –", ours, re.MULTILINE) == NOUNS
