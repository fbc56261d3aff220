from __future__ import annotations

import re
from html import unescape

from hub.connecting import CONNECTORS, installed
from tests.docs import ROOT, blocks, headings, read

README, CHINESE = ROOT / "README.md", ROOT / "README.zh-CN.md"
PICTURE = ROOT / "docs" / "demo.svg"
TWO_COMMANDS, DEMO = blocks(README)[:2]


def test_the_two_commands_are_those_that_ci_runs() -> None:
    """A README whose commands nobody runs goes stale; CI installs and tests by these very lines."""
    gate = read(ROOT / ".ci" / "run").splitlines()
    told = [step.strip() for line in TWO_COMMANDS.text.splitlines() for step in line.split("&&")]

    assert len(TWO_COMMANDS.text.splitlines()) == 2
    # CI runs the demo in the tests, which look at what it leaves behind.
    assert [step for step in told if step not in gate] == [".venv/bin/sellhub demo"]


def test_the_two_commands_stand_before_the_explanations() -> None:
    """Whoever comes wants to see it run first."""
    assert TWO_COMMANDS.line + len(TWO_COMMANDS.text.splitlines()) < 30


def test_every_line_of_the_demo_that_is_shown_adds_up() -> None:
    """read = created + updated + merged + unchanged + held + skipped + failed, as the sentence below it says."""
    rows = re.findall(r"^\w+ +\w+((?: +[\d,]+)+)$", DEMO.text, re.MULTILINE)
    counts = [[int(cell.replace(",", "")) for cell in row.split()] for row in rows]

    assert len(counts) >= 10
    assert all(read == sum(others) for read, *others in counts)


def test_every_connector_stands_in_the_table_of_sources() -> None:
    """What a stranger does not find here is not looked for elsewhere."""
    linked = set(re.findall(r"\(docs/connectors/(\w+)\.md\)", read(README).partition("## Sources")[2]))

    assert linked == set(installed(CONNECTORS))


def test_the_chinese_readme_has_the_same_parts_and_the_same_code() -> None:
    """A translation that lags behind misleads; the code of both is one."""
    assert len(headings(CHINESE)) == len(headings(README))
    assert [block.text for block in blocks(CHINESE)] == [block.text for block in blocks(README)]


def test_the_chinese_readme_links_to_the_same_pages() -> None:
    """And to each of them as often."""

    def links(text: str) -> list[str]:
        return sorted(set(re.findall(r"\]\(([^)#]+)", text)) - {"README.md", "README.zh-CN.md"})

    assert links(read(CHINESE)) == links(read(README))


def test_the_chinese_readme_speaks_as_sell_does() -> None:
    """Sell's users know these words from its own Chinese screens."""
    words = (
        "潜在客户 联系人 交易 销售管道 阶段 负责人 分发池 循环 转化 重复项 合并 同步 映射 待处理 重新处理 试运行 撤销"
    )
    text = read(CHINESE)

    assert [word for word in words.split() if word not in text] == []


def test_the_screenshot_is_small_and_asks_nobody_for_a_font() -> None:
    """It is shown wherever the README is, with nothing fetched from elsewhere."""
    assert PICTURE.stat().st_size < 100_000
    assert "font-face" not in read(PICTURE)


def test_the_screenshot_shows_what_the_text_does() -> None:
    """Two pictures of one run."""
    told = re.findall(r'<text class="[^"]*-r\d+"[^>]*>(.*?)</text>', read(PICTURE))
    lines = [unescape(line).replace("\xa0", " ").rstrip() for line in told]

    assert [line for line in lines if line] == ["$ .venv/bin/sellhub demo", *filter(None, DEMO.text.splitlines())]
