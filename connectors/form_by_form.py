"""Reading an account's forms one after the other: one that is gone keeps none of the others from being read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterator

from connectors.connector import Cursor, JsonObject, Page
from connectors.errors import SetupError


def form_by_form(
    forms: Callable[[], Collection[str]],
    cursor: Cursor | None,
    read: Callable[[str, JsonObject], Generator[Page, None, JsonObject]],
    gone: type[SetupError],
    *,
    chosen: bool,
) -> Iterator[Page]:
    """Yield the pages of all forms; the cursor goes from one to the next and holds what each needs under `forms`.

    Args:
        forms: lists them; asked again when one is refused, to tell a form that vanished from one that is not for us.
        read: reads one form from a cursor on, and gives the cursor that lies behind it.
        gone: what `read` raises of a form that is not there.
        chosen: a person named these forms; else one that vanished since it was listed is passed over with a notice.

    Raises:
        SetupError: a form that a person named is not there, or one that is listed is refused; told once the others
            are read.
    """
    state: JsonObject = {**(cursor or {}), "forms": dict((cursor or {}).get("forms") or {})}
    missing: list[SetupError] = []
    for form in forms():
        try:
            state = yield from read(form, state)
        except gone as error:
            if chosen or form in forms():
                missing.append(error)
            else:
                yield Page([], None, (f"form {form} is no longer there",))
    if missing:
        raise SetupError("; ".join(map(str, missing)), fix=missing[0].fix)
