"""Reading a filter: from text to a tree, or all that is wrong with it at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from sell_model.errors import SetupError
from sell_model.filters.fields import Catalogue, Field
from sell_model.filters.operators import OPERATORS, operator_of, told
from sell_model.filters.tree import Comparison, Filter, Operator, Value
from sell_model.filters.values import BadValue, Said, read_period, read_value, whole_days
from sell_model.filters.words import Fault, Outline, Outliner, Raw, Unreadable, Word, joined, words_of

_LISTS = frozenset({"is any of", "is none of", "has any", "has all", "has none"})
_COUNTED = frozenset({"in last", "in next", "more than"})
_BARE = frozenset({"is empty", "is not empty", "yes", "no"})


def parse(text: str, catalogue: Catalogue, *, known_only: bool = True) -> Filter:
    """Read a filter.

    Args:
        known_only: refuse statuses, stages, owners … that are not there. For filters that were stored when they
            were, say False: a value that is gone is then simply never met.

    Raises:
        SetupError: it cannot be read; the text tells every fault with its place (the character, from 1).
    """
    reader = _Reader(text, catalogue, known_only)
    try:
        words = words_of(text)
        if not words:
            raise Unreadable(1, "there is nothing; leave the filter out for all records")
        outline = Outliner(words, len(text)).read()
    except Unreadable as error:
        raise _refused(catalogue, [error.fault]) from error
    tree = reader.tree(outline)
    if reader.faults or tree is None:
        raise _refused(catalogue, reader.faults)
    return tree


def _refused(catalogue: Catalogue, faults: Sequence[Fault]) -> SetupError:
    told_ = "; ".join(f"at character {fault.place}: {fault.text}" for fault in faults)
    return SetupError(
        f"the filter on {catalogue.record_type}s cannot be read: {told_}",
        fix=f"fields and operators: sellhub list fields --of {catalogue.record_type}",
    )


@dataclass(slots=True)
class _Reader:
    """Reads comparisons, and gathers what is wrong with each."""

    text: str
    catalogue: Catalogue
    known_only: bool
    faults: list[Fault] = field(default_factory=list)

    def tree(self, outline: Outline) -> Filter | None:
        """Read all comparisons of an outline; None when one of them is wrong."""
        if isinstance(outline, Raw):
            try:
                return self._comparison(outline.words)
            except Unreadable as error:
                self.faults.append(error.fault)
                return None
        by, parts = outline
        read = [self.tree(part) for part in parts]
        whole = [part for part in read if part is not None]
        return joined(by, whole) if len(whole) == len(read) else None

    def _comparison(self, words: Sequence[Word]) -> Comparison | None:
        found = self._field(words[0])
        said, rest = operator_of(found.kind, words[1:])
        operator = next((each for each in OPERATORS[found.kind] if each == said), None)
        if operator is None:
            what = f"has no {said!r}" if said else f"cannot {_shown(words[1:])}" if len(words) > 1 else "says nothing"
            text = f"{found.written} {what}: a {found.kind} field has {told(found.kind)}"
            raise Unreadable(words[min(1, len(words) - 1)].place, text)
        values = self._values(found, operator, words[-1], rest)
        return None if values is None else Comparison(found, operator, values)

    def _field(self, word: Word) -> Field:
        found = self.catalogue.find(word.text, is_quoted=word.is_quoted)
        if found is not None:
            return found
        near = self.catalogue.nearest(word.text)
        hint = f"; nearest: {near}" if near else ""
        if word.is_quoted and self.catalogue.find(word.text) is not None:
            hint = f': write {word.text}, or custom_fields."{word.text}" for the custom field of that name'
        raise Unreadable(word.place, f"{self.catalogue.record_type}s have no field {word.text!r}{hint}")

    def _values(self, of: Field, operator: Operator, last: Word, words: Sequence[Word]) -> tuple[Value, ...] | None:
        """Read what a field is compared with; None when a value is wrong, which is noted."""
        if operator in _BARE and words:
            raise Unreadable(words[0].place, f"nothing can stand after {operator!r}; is `and` or `or` missing?")
        if operator in _BARE:
            return ()
        if not words:
            raise Unreadable(last.place, f"what {of.written} is compared with is missing")
        readers = self._readers(of, operator, words)
        values = [self._read(place, read) for place, read in readers]
        whole = [value for value in values if value is not None]
        return tuple(dict.fromkeys(whole) if operator in _LISTS else whole) if len(whole) == len(values) else None

    def _readers(self, of: Field, operator: Operator, words: Sequence[Word]) -> list[tuple[int, Callable[[], Value]]]:
        """Give, for each value that words write, its place and what reads it."""
        if operator == "in":
            return [(words[0].place, partial(read_period, words))]
        if operator in _COUNTED:
            _expect_days(operator, words)
            return [(words[0].place, partial(whole_days, words[0].text))]
        said = [Said(group, self.text) for group in _groups(operator, words)]
        return [
            (each.place, partial(read_value, each, of, self.catalogue, known_only=self.known_only)) for each in said
        ]

    def _read(self, place: int, read: Callable[[], Value]) -> Value | None:
        try:
            return read()
        except BadValue as error:
            self.faults.append(Fault(place, str(error)))
            return None


def _expect_days(operator: Operator, words: Sequence[Word]) -> None:
    tail = ["days", "ago"] if operator == "more than" else ["days"]
    if ["days" if word.says("day") else word.text.lower() for word in words[1:]] != tail:
        raise Unreadable(words[0].place, f"write it like: {operator} 7 {' '.join(tail)}")


def _groups(operator: Operator, words: Sequence[Word]) -> list[Sequence[Word]]:
    """Part words into the values that they write."""
    place, groups = words[0].place, [words]
    if operator in _LISTS:
        groups = _parted(words[1:-1] if words[0].says("(") and words[-1].says(")") else words, ",")
    elif operator == "between":
        groups = _parted(words, "and")
        if len(groups) != 2:
            raise Unreadable(place, "between takes two values: between X and Y")
    for group in groups:
        if not group:
            raise Unreadable(place, "a value is missing here")
        if (odd := next((word for word in group if word.is_mark), None)) is not None:
            raise Unreadable(odd.place, f"{odd.text!r} is not expected here: put texts that hold it in quotes")
        if len(group) > 1 and (odd := next((word for word in group if word.is_quoted), None)) is not None:
            raise Unreadable(odd.place, "one value is expected: several stand in parentheses, parted by commas")
    return groups


def _parted(words: Sequence[Word], by: str) -> list[Sequence[Word]]:
    groups: list[list[Word]] = [[]]
    for word in words:
        if word.says(by):
            groups.append([])
        else:
            groups[-1].append(word)
    return list(groups)


def _shown(words: Sequence[Word]) -> str:
    return repr(" ".join(word.text for word in words[:3]))
