"""How the command line speaks: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from shlex import quote
from typing import Any

_COMMAND = re.compile(r"(?<![\w./-])sellhub (?=[a-z])")
_NAMED_HOME: ContextVar[str | None] = ContextVar("named home", default=None)

_HALF = re.compile("[\ud800-\udfff]")
"""Half a surrogate pair, as damaged payloads hold: no stream takes it unescaped."""


def name_home(folder: str | None) -> None:
    """Let commands that are printed name a hub's home, so that they run as printed; None: they need not."""
    _NAMED_HOME.set(folder)


def as_typed(text: str) -> str:
    """Write the commands in a text as they are to be typed here."""
    home = _NAMED_HOME.get()
    return text if home is None else _COMMAND.sub(lambda _: f"sellhub --home {quote(home)} ", text)


def tell(text: str = "") -> None:
    """Print a line of the result."""
    print(text)


def tell_json(value: Any) -> None:
    """Print a result as JSON: indented for a terminal, one line for a pipe."""
    indent = 2 if sys.stdout.isatty() else None
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=str)
    if not text.isascii() and _HALF.search(text):
        text = json.dumps(value, indent=indent, default=str)
    print(text)


def tell_next(*commands: str) -> None:
    """Say what one would do next."""
    for command in commands:
        print(f"next: {as_typed(command)}")


def note(text: str) -> None:
    """Print a remark that is not part of the result."""
    print(text, file=sys.stderr)


def tell_table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows under a header in aligned columns; numbers to the right; wide characters count double."""
    from rich.cells import cell_len

    cells = [[_cell(value) for value in row] for row in rows]
    widths = [max([cell_len(h), *(cell_len(row[i]) for row in cells)]) for i, h in enumerate(header)]
    numeric = [bool(rows) and all(isinstance(row[i], (int, float)) for row in rows) for i in range(len(header))]
    for line in ([*header], *cells):
        padded = [
            " " * (width - cell_len(text)) + text if right else text + " " * (width - cell_len(text))
            for text, width, right in zip(line, widths, numeric, strict=True)
        ]
        print("  ".join(padded).rstrip())


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def tell_error(error: Exception) -> int:
    """Say what went wrong and the way out; gives the exit code."""
    from console.main import CREDENTIALS, FAILED

    kind = type(error)
    known = any(base.__name__ in {"HubError", "ConnectorError"} for base in kind.__mro__)
    if not known:
        note(f"error: {kind.__name__}: {error}")
        note("  this is a fault of the hub itself; run the command again with --debug to see where")
        return FAILED
    note(f"error: {error}")
    if fix := getattr(error, "fix", ""):
        note(f"  fix: {as_typed(fix)}")
    return CREDENTIALS if any(base.__name__ == "CredentialsError" for base in kind.__mro__) else FAILED


@contextmanager
def progress(text: str) -> Iterator[None]:
    """Show on standard error that something long is going on, when somebody is looking."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(text):
        yield
