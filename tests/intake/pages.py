"""A form's page as a browser reads it: what it would send, and how its parts belong together."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset("meta link input br hr img".split())


@dataclass(slots=True)
class Part:
    """One element."""

    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass(slots=True)
class Page:
    """The elements of a page, in their order."""

    parts: list[Part] = field(default_factory=list)

    def of(self, *tags: str) -> list[Part]:
        """The elements of these kinds."""
        return [part for part in self.parts if part.tag in tags]

    def with_id(self, id_: str) -> Part:
        """The one element of that id."""
        (found,) = [part for part in self.parts if part.attributes.get("id") == id_]
        return found

    @property
    def sends(self) -> dict[str, str]:
        """What a browser sends when nobody changes anything."""
        sent: dict[str, str] = {}
        chosen = ""
        for part in self.parts:
            name = part.attributes.get("name", "")
            if part.tag == "textarea":
                sent[name] = part.text.removeprefix("\n")
            elif part.tag == "select":
                chosen, sent[name] = name, ""
            elif part.tag == "option" and "selected" in part.attributes:
                sent[chosen] = part.attributes["value"]
            elif part.tag == "input" and (part.attributes["type"] != "checkbox" or "checked" in part.attributes):
                sent[name] = part.attributes.get("value", "")
        return sent

    @property
    def text(self) -> str:
        """All that can be read on it."""
        return " ".join(" ".join(part.text.split()) for part in self.parts if part.text.strip())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.page = Page()
        self._open: list[Part] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        part = Part(tag, {name: value or "" for name, value in attrs})
        self.page.parts.append(part)
        if tag not in VOID:
            self._open.append(part)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop().tag == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if self._open:
            self._open[-1].text += data


def read_page(html: str) -> Page:
    """Read a page; every element that was opened is closed, in its order."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader._open == []
    return reader.page
