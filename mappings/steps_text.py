"""Steps for text."""

from __future__ import annotations

import json as json_format
from html.parser import HTMLParser
from typing import Any, Literal
from urllib.parse import urlsplit

from mappings.errors import StepError
from mappings.steps import step


@step("trim")
def trim(value: str) -> str:
    """Take the blanks off both ends, and make each run of blanks inside one space.

    >>> trim("  Ann   Li ")
    'Ann Li'
    """
    return " ".join(value.split())


@step("lower")
def lower(value: str) -> str:
    """Write in small letters.

    >>> lower("ACME")
    'acme'
    """
    return value.lower()


@step("upper")
def upper(value: str) -> str:
    """Write in capitals.

    >>> upper("us")
    'US'
    """
    return value.upper()


@step("title")
def title(value: str) -> str:
    """Begin each word with a capital, the rest small; for names typed all in capitals.

    >>> title("ANN O'NEIL-LI")
    "Ann O'Neil-Li"
    """
    return value.title()


@step("replace")
def replace(value: str, *, old: str, new: str = "") -> str:
    """Put `new` wherever `old` stands; letters are compared exactly.

    >>> replace("a_b_c", old="_", new=" ")
    'a b c'
    """
    return value.replace(old, new)


@step("template", main="text")
def template(value: str, *, text: str) -> str:
    """Put the value into a text, where it says {value}.

    >>> template("Acme", text="Deal with {value}")
    'Deal with Acme'
    """
    return text.replace("{value}", value)


@step("split_name", main="part", loss="which word is the family name is a guess when there is no comma")
def split_name(value: str, *, part: Literal["first", "last"]) -> str | None:
    """Take the first or the last name out of a full name; both together keep every word.

    The first word is the first name, all others the last name; "Li, Ann" is read the other way round.
    A single word is a last name.

    >>> split_name("Ann van Li", part="first"), split_name("Ann van Li", part="last")
    ('Ann', 'van Li')
    >>> split_name("Li, Ann", part="first"), split_name("Cher", part="first"), split_name("王芳", part="last")
    ('Ann', None, '王芳')
    """
    last, comma, first = value.partition(",")
    if not comma or not first.strip() or not last.strip():
        words = value.replace(",", " ").split()
        first, last = (words[0], " ".join(words[1:])) if len(words) > 1 else ("", " ".join(words))
    return (first.strip() if part == "first" else last.strip()) or None


_BLOCKS = frozenset({"p", "br", "div", "li", "tr", "ul", "ol", "table", "h1", "h2", "h3", "h4", "blockquote"})
_UNSEEN = frozenset({"script", "style", "head", "title"})


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self.unseen += 1
        elif tag in _BLOCKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self.unseen = max(0, self.unseen - 1)
        elif tag in _BLOCKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.words.append(data)


@step("strip_html", loss="formatting, links and pictures of the HTML are not kept")
def strip_html(value: str) -> str:
    """Keep the words of an HTML text, a line per block.

    >>> strip_html("<p>Hello <b>Ann</b>,</p><p>1 &lt; 2</p>")
    'Hello Ann,\\n1 < 2'
    """
    parser = _Words()
    parser.feed(value)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.words).split("\n"))
    return "\n".join(line for line in lines if line)


@step("url")
def url(value: str) -> str:
    """Check a web address; one without a scheme gets https://, the host is written small.

    >>> url("Example.com/About"), url("http://EXAMPLE.com")
    ('https://example.com/About', 'http://example.com')
    """
    text = value.strip()
    whole = text if "://" in text else f"https://{text}"
    try:
        parts = urlsplit(whole)
        host = parts.hostname or ""
    except ValueError as error:
        raise StepError(f"not a web address: {error}") from error
    if parts.scheme.lower() not in {"http", "https"} or "." not in host or " " in whole:
        raise StepError("not a web address: one like https://example.com is expected")
    return parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower()).geturl()


@step("json", gives="any")
def json(value: str) -> Any:
    """Read text that holds JSON.

    >>> json('["a", "b"]')
    ['a', 'b']
    """
    try:
        return json_format.loads(value)
    except (ValueError, RecursionError) as error:
        raise StepError("not readable as JSON") from error


@step("default", takes="any", gives="any", main="to", sees_absent=True)
def default(value: Any, *, to: Any) -> Any:
    """Give this where nothing is left so far; the key `default` does it at the end.

    >>> default(None, to="Web form"), default("Fair", to="Web form")
    ('Web form', 'Fair')
    """
    return to if value is None else value
