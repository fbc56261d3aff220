"""`sellhub`: one command for ops, admins and migration runners.

Commands are named here and loaded only when used, so that `sellhub` starts at once: nothing of
Prefect, FastAPI or SQLAlchemy is imported before a command needs it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cyclopts import App
from cyclopts.exceptions import CycloptsError

from console.telling import name_home

DONE, FAILED, USAGE, HELD, CREDENTIALS, INTERRUPTED = 0, 1, 2, 3, 4, 130
"""Exit codes: 3 only under `--strict`."""

COMMANDS: dict[str, tuple[str, str]] = {
    "init": ("console.setting_up:init", "Write a hub.toml to start from"),
    "doctor": ("console.setting_up:doctor", "Check everything, with a fix for each fault"),
    "demo": ("console.demo:demo", "Run the main job end to end on the sandbox"),
    "deploy": ("console.scheduling:deploy", "Schedule every sync of hub.toml with Prefect"),
    "up": ("console.scheduling:up", "Run a Prefect server and a worker together"),
    "serve": ("console.serving:serve", "Receive webhooks and posted forms"),
    "token": ("console.tokens:app", "Tokens by which others send to a source, or read leads: add, list, revoke"),
    "connector": ("console.connectors:app", "What the hub can read from: list, check, discover, pull, new"),
    "sync": ("console.syncing:sync", "Bring in what is new at the sources"),
    "import": ("console.syncing:import_", "Bring in a CSV file"),
    "map": ("console.mapping:app", "Mappings: list, new, check, try"),
    "dup": ("console.duplicates:app", "Duplicates: list, show, merge, unmerge, never, sweep"),
    "forgotten": ("console.forgetting:app", "People who asked to be forgotten: check, allow"),
    "held": ("console.held:app", "Records that could not be taken: list, show, replay"),
    "suggestion": ("console.suggestions:app", "Who wrote and is nobody here yet: list, accept, ignore"),
    "prospect": ("console.prospects:app", "Prospect lists: search, buy, import"),
    "lead": ("console.records:lead", "Leads: list, show, why, trace"),
    "contact": ("console.records:contact", "Contacts: list, show, why, trace"),
    "deal": ("console.records:deal", "Deals: list, show, why, trace"),
    "note": ("console.activities:note", "Notes on records: add, list, show, remove"),
    "task": ("console.activities:task", "Tasks: add, done, reopen, list, show, remove"),
    "call": ("console.calls:call", "Calls: add, list, show, remove; outcomes"),
    "visit": ("console.calls:visit", "Visits: add, list, show, remove; outcomes"),
    "email": ("console.activities:email", "E-mails seen: add, list, show, remove"),
    "notification": ("console.notifications:app", "What users are told of the records that they got"),
    "field": ("console.custom_fields:app", "Custom fields: list, show, add, rename, remove, choice, examples"),
    "tag": ("console.tags:app", "Tags: list, rename, remove"),
    "run": ("console.runs:app", "Runs: list, show, undo"),
    "pool": ("console.pools:app", "Distribution pools: who gets what comes without an owner"),
    "report": ("console.reporting:app", "Reports: funnel, sources, speed, owners, recurring"),
    "list": ("console.lists:app", "Smart lists: run, save, show, list, remove, templates, fields"),
    "link": ("console.smart_links:app", "Smart links: add, list, remove, open"),
    "assign": ("console.assigning:assign", "Give records to somebody, or to whoever is next in a pool"),
    "pipeline": ("console.pipelines:app", "Pipelines and their stages"),
    "plan": ("console.plans:plan", "What Sell's plan allows, and what is used"),
    "push": ("console.pushing:push", "Send what changed to a destination"),
    "db": ("console.database:app", "The database: upgrade, check"),
}


def build() -> App:
    """Make the command tree; nothing behind it is loaded yet."""
    app = App(
        name="sellhub",
        help="One clean list of leads from every place they come from.",
        version=_version,
        result_action="return_value",
        help_format="plaintext",
        default_parameter=None,
        suppress_keyboard_interrupt=False,
    )
    for name, (path, text) in COMMANDS.items():
        app.command(path, name=name, help=text)
    return app


def _version() -> str:
    from importlib.metadata import version

    return version("sell-hub")


def main(argv: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code."""
    sys.exit(run(list(sys.argv[1:] if argv is None else argv)))


def run(argv: list[str]) -> int:
    """Run one command; gives its exit code. Errors are told on standard error, never as a traceback."""
    argv, debug = _without_global_options(argv)
    if odd := next((word for word in argv if not _is_text(word)), None):
        print(f"error: {odd!r} is not text: its bytes are not UTF-8\n  fix: type it again in UTF-8", file=sys.stderr)
        return USAGE
    try:
        result = build()(argv, exit_on_error=False, print_error=True)
    except CycloptsError:
        return USAGE
    except KeyboardInterrupt:
        print("interrupted; what was stored stays, run it again to go on", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        return DONE
    except Exception as error:  # the last line of defence: a person sees words
        if debug:
            raise
        from console.telling import tell_error

        return tell_error(error)
    return result if isinstance(result, int) else DONE


def _is_text(word: str) -> bool:
    """Whether a word can be stored: bytes that are not UTF-8 come as halves of characters."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


def _without_global_options(argv: list[str]) -> tuple[list[str], bool]:
    """Take `--home DIR` and `--debug` out, wherever they stand."""
    rest: list[str] = []
    words = iter(argv)
    debug = False
    before = os.environ.get("SELLHUB_HOME")
    for word in words:
        if word == "--home":
            os.environ["SELLHUB_HOME"] = next(words, ".")
        elif word.startswith("--home="):
            os.environ["SELLHUB_HOME"] = word.partition("=")[2]
        elif word == "--debug":
            debug = True
        else:
            rest.append(word)
    name_home(_to_be_named(before, os.environ.get("SELLHUB_HOME")))
    return rest, debug


def _to_be_named(before: str | None, home: str | None) -> str | None:
    """Give the home that commands must name, since without a word they would work on another one."""
    usual, here = (Path(each or ".").expanduser().resolve() for each in (before, home))
    return home if here != usual else None
