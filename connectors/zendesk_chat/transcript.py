"""What was said in a chat, as one text: a line for each message, with who said it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connectors.connector import JsonObject

LONGEST = 60_000
"""Characters; what is longer ends with words that say so, and stays whole in `history`."""
CUT = "… (it goes on)"


def with_transcript(chat: JsonObject) -> JsonObject:
    """Give a chat with `transcript`; null where nobody said anything."""
    text = "\n".join(_lines(chat.get("history")))
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}\n{CUT}"
    return chat | {"transcript": shown or None}


def _lines(history: Any) -> Iterator[str]:
    for each in history if isinstance(history, list) else ():
        said = each.get("msg") if isinstance(each, dict) and each.get("type") == "chat.msg" else None
        if isinstance(said, str) and said.strip():
            who = each.get("name") or each.get("display_name") or each.get("sender_type")
            yield f"{who}: {said.strip()}" if who else said.strip()
