"""What a form's questions are called: many spellings, one key, so that a mapping can name an answer."""

from __future__ import annotations

import re
import unicodedata

_TAGS = re.compile(r"<[^<>]*>|\{\{[^{}]*\}\}")
_APOSTROPHES = re.compile(r"[’'`´ʼ]")
_MARKS = re.compile(r"[\W_]+")
_LEAD_INS = re.compile(
    r"^(?:(?:and|hi|hello|please|kindly|great|thanks|thank you|ok|so|now|enter|type|tell us|"
    r"give us|share|provide|leave|add|may we (?:have|ask(?: for)?)|can we (?:have|ask(?: for)?)|could we have|"
    r"what is|whats|what are|which is|the name of|your|yours|you|the) )+"
)
_TRAILERS = re.compile(r"(?: (?:optional|required|please|here|below))+$")


def question_key(title: str) -> str:
    """Give the key of a question's title: small letters, no marks, no polite words around what is asked.

    >>> question_key("And what's your *first name*?"), question_key("E-Mail (optional)"), question_key("公司名称：")
    ('first name', 'e mail', '公司名称')
    """
    text = unicodedata.normalize("NFKC", _TAGS.sub(" ", title)).casefold()
    text = _MARKS.sub(" ", _APOSTROPHES.sub("", text)).strip()
    bare = _TRAILERS.sub("", _LEAD_INS.sub("", text))
    return bare or text
