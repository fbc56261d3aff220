"""The documentation as tests read it: headings, links, fenced blocks, and pages that are played."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

_BEHIND = re.compile(r"""\s+(#|>|\||&&)(?=(?:[^"']|"[^"]*"|'[^']*')*$).*""")
"""What follows a command in a shell; within quotes it is part of it."""
_BLOCK = re.compile(
    r"^(?:<!-- (?P<directive>[^\n]+?) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page.

    Attributes:
        directive: what a comment on the line before it says: `file: fair.csv`, `append: hub.toml`.
        line: where it begins, counted from 1.
    """

    language: str
    text: str
    directive: str
    line: int


@dataclass(frozen=True, slots=True)
class Command:
    """A command of a console block, and the lines that the page shows below it."""

    words: str
    shown: str


def read(page: Path) -> str:
    """Give a page's text."""
    return page.read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    """Name a page as a test's id: its path in the project."""
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path, *languages: str) -> list[Block]:
    """Give a page's fenced blocks in order; those of some languages only, when they are named."""
    text = read(page)
    found = [
        Block(m["language"], m["text"], m["directive"] or "", text.count("\n", 0, m.start()) + 1)
        for m in _BLOCK.finditer(text)
    ]
    return [block for block in found if not languages or block.language in languages]


def prose(page: Path) -> str:
    """Give a page's text without its fenced blocks."""
    return _BLOCK.sub("", read(page))


def headings(page: Path) -> list[str]:
    """Give a page's headings in order, without their marks."""
    return [text.replace("`", "").strip() for text in re.findall(r"^#+ (.*)$", prose(page), re.MULTILINE)]


def commands(block: Block) -> list[Command]:
    """Take a console block apart: each line after `$ ` is a command, what follows is its output."""
    parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]
    return [Command(*part.partition("\n")[::2]) for part in parts]


def shell_lines(page: Path) -> list[str]:
    """Give every `sellhub …` that a page tells people to type, without redirections and remarks."""
    lines = [c.words for block in blocks(page, "console") for c in commands(block)]
    lines += [line for block in blocks(page, "sh") for line in block.text.replace("\\\n", " ").splitlines()]
    typed = (_BEHIND.sub("", line).strip() for line in lines)
    return [line for line in typed if line.startswith("sellhub ")]
