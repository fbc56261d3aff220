from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest
import sqlalchemy as sa

from console.main import build
from hub.connecting import configured, connector_class
from hub.opening import open_hub
from hub.settings import Settings, read_settings
from mappings.check import check_file
from mappings.file import MappingFile
from tests.conftest import OpenHub
from tests.docs import PAGES, ROOT, blocks, headings, name_of, prose, read, shell_lines

QUERIES = [block.text for block in blocks(ROOT / "docs" / "database.md", "sql")]
EXAMPLES = [
    pytest.param(block.text, id=f"{name_of(page)}:{block.line}")
    for page in PAGES
    for block in blocks(page, "toml")
    if "entry-points" not in block.text
]
MAPPINGS = [
    pytest.param(block.text, id=f"{name_of(page)}:{block.line}")
    for page in PAGES
    for block in blocks(page, "yaml")
    if block.text.startswith("from:")
]
LINES = sorted({line for page in PAGES for line in shell_lines(page)})


def _anchor(heading: str) -> str:
    """Name a heading as GitHub's links do."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    """To a file that is there, and to a heading that it has."""
    broken = []
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", prose(page)):
        path, _, heading = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        there = file.exists() and (not heading or heading in map(_anchor, headings(file)))
        broken += [] if there else [target]

    assert broken == []


@pytest.mark.parametrize("line", LINES)
def test_every_command_that_a_page_tells_to_type_is_one(line: str) -> None:
    """With options that it has; nothing is run here."""
    words = shlex.split(line)[1:]
    if "--home" in words:
        at = words.index("--home")
        del words[at : at + 2]

    build().parse_args(words, exit_on_error=False, print_error=False)


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_piece_of_hub_toml_on_a_page_is_right(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its sections, its connectors' settings, its references."""
    for name in re.findall(r'"env:(\w+)"', text):
        monkeypatch.setenv(name, "sqlite:///:memory:" if name == "DATABASE_URL" else "whsec_MDEyMzQ1Njc4OQ==-us19")
    (tmp_path / "hub.toml").write_text(text, encoding="utf-8")

    settings = read_settings(tmp_path)

    assert settings == Settings.model_validate(tomllib.loads(text))
    with open_hub(tmp_path) as hub:
        for source, part in settings.sources.items():
            connector = connector_class(part.connector)
            configured(hub, connector.Config, f"sources.{source}", part.connector_settings)


@pytest.mark.parametrize("text", MAPPINGS)
def test_every_mapping_on_a_page_passes_its_check(text: str, tmp_path: Path) -> None:
    """Its examples, too."""
    path = tmp_path / "page.yaml"
    path.write_text(text, encoding="utf-8")

    assert check_file(MappingFile(path)) == []


@pytest.mark.parametrize("query", QUERIES)
def test_every_query_on_a_page_runs_on_both_databases(query: str, opened: OpenHub) -> None:
    """They are written to be pasted into a BI tool."""
    engine = opened().store.engine

    with engine.connect() as connection:
        assert connection.execute(sa.text(query)).all() == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_page_is_a_promise(page: Path) -> None:
    """A page tells what is there."""
    assert re.findall(r"\b(?:TODO|TBD|coming soon|not yet implemented)\b", prose(page), re.IGNORECASE) == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    """A page that points into the code must follow when the code moves."""
    rooms = "connectors|sell_model|mappings|storage|hub|flows|console|sandbox|tests|benchmarks"
    named = re.findall(rf"`((?:{rooms})/[\w/.]*\.py)`", read(page))

    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_the_path_of_a_record_names_functions_that_are_there() -> None:
    """Each is defined in one of the files that the table names."""
    table = read(ROOT / "docs" / "architecture.md").partition("## The path of a record")[2].partition("##")[0]
    steps = re.findall(r"^\| [^|]+ \| ([^|]+) \|", table, re.MULTILINE)[2:]
    files = "".join(read(ROOT / name) for name in re.findall(r"`([\w/]+\.py)`", table))
    names = [part for step in steps for part in re.findall(r"`([\w.]+)(?:\(\w+\))?`", step) if not part.endswith(".py")]
    missing = [name for name in names if not re.search(rf"(?:def|class) {name.split('.')[-1]}\b", files)]

    assert len(steps) >= 15
    assert missing == []
