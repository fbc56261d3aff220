"""What networks, proxies and tired vendors answer: one function each, to be played by the kit's proxy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from connectors.testing.proxy import Fault
from connectors.testing.server import Answer

PAGE = b"<html><body><h1>Service temporarily unavailable</h1></body></html>"
A_WHILE = 7
"""Seconds of a `Retry-After` that is waited for within a run."""
AN_HOUR = 3600


def refuse(status: int, retry_after: int | None = None) -> Fault:
    """Answer a bare status, with or without Retry-After."""
    wait = () if retry_after is None else (("Retry-After", str(retry_after)),)
    return lambda _: Answer(status, (("Content-Type", "text/plain"), *wait), b"")


def reset(_: Callable[[], Answer]) -> None:
    """Break the connection off before the first byte."""
    return


def lose(real: Callable[[], Answer]) -> None:
    """Let the call arrive, and break the connection off before the answer."""
    real()


def cut(real: Callable[[], Answer]) -> Answer | None:
    """Promise the whole body, send half of it, and break off; at once where there is none."""
    answer = real()
    return replace(answer, cut_at=len(answer.body) // 2) if answer.body else None


def halve(real: Callable[[], Answer]) -> Answer:
    """Send half of the body as if it were the whole: a proxy's doing, valid as HTTP; where there is none, its page."""
    answer = real()
    return replace(answer, body=answer.body[: len(answer.body) // 2]) if answer.body else page(real)


def empty(real: Callable[[], Answer]) -> Answer:
    """Send the status and the headers, and nothing."""
    return replace(real(), status=200, body=b"")


def page(_: Callable[[], Answer]) -> Answer:
    """Answer a proxy's page with status 200."""
    return Answer(200, (("Content-Type", "text/html; charset=utf-8"),), PAGE)


def nothing(_: Callable[[], Answer]) -> Answer:
    """Answer an empty list, valid as JSON: where a vendor's answers are objects, it says nothing."""
    return Answer(200, (("Content-Type", "application/json"),), b"[]")


def redirect(to: str) -> Fault:
    """Send the caller elsewhere, credentials and all."""
    return lambda _: Answer(302, (("Location", to),), b"")


PASSING: dict[str, Fault] = {
    "429": refuse(429),
    "429 with Retry-After": refuse(429, A_WHILE),
    "503 with Retry-After": refuse(503, A_WHILE),
    "500": refuse(500),
    "502": refuse(502),
    "504": refuse(504),
    "reset": reset,
    "lost answer": lose,
    "cut body": cut,
    "half a body": halve,
    "no body": empty,
    "HTML": page,
    "[]": nothing,
}
"""By the name that a test shows."""
AGAIN = frozenset(PASSING) - {"500", "half a body", "no body", "HTML", "[]"}
"""What is always worth another call within the run; the others may be the vendor's last word, or not be noticed."""
