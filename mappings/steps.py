"""Steps: named functions that a field's value passes through. One registry, open to plug-ins.

A step is a plain function: the value comes first, its options are keyword-only and typed. Its docstring
is its documentation, the examples in it are tests. It raises `StepError` for a value it cannot take.
Steps see only values that are there; blank results count as absent. A step that takes one text, given
a list, is applied to each element.

A package adds steps by the entry-point group `sell_hub.steps`, each naming a function made by `@step`.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, create_model

from sell_model.errors import SetupError

Kind: TypeAlias = Literal["text", "list", "number", "int", "bool", "date", "time", "any"]
"""What a step takes or gives. `number` is decimal text; `any` is not known before the data comes."""

ContextName: TypeAlias = Literal["region", "timezone", "currency"]

_SHIPPED = (
    "mappings.steps_text",
    "mappings.steps_list",
    "mappings.steps_contact",
    "mappings.steps_number",
    "mappings.steps_time",
)
_GROUP = "sell_hub.steps"
_FunctionT = TypeVar("_FunctionT", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Step:
    """A step as mappings see it."""

    name: str
    call: Callable[..., Any]
    options: type[BaseModel]
    """Its options, with their types and defaults."""
    takes: Kind = "text"
    gives: Kind = "text"
    main: str = ""
    """The option that a bare value states: `{split: ";"}` states `by`."""
    hub: Mapping[str, ContextName] = field(default_factory=dict)
    """Options that take the hub's own value when the mapping does not state them."""
    loss: str = ""
    """What the step does not keep; said by `map check`."""
    sees_absent: bool = False

    @property
    def summary(self) -> str:
        """The first line of its documentation."""
        return (inspect.getdoc(self.call) or "").partition("\n")[0]


_registry: dict[str, Step] = {}


def step(
    name: str,
    *,
    takes: Kind = "text",
    gives: Kind = "text",
    main: str = "",
    hub: Mapping[str, ContextName] = MappingProxyType({}),
    loss: str = "",
    sees_absent: bool = False,
) -> Callable[[_FunctionT], _FunctionT]:
    """Register a function as a step. The arguments are those of `Step`.

    Raises:
        SetupError: another step has that name.
    """

    def register(call: _FunctionT) -> _FunctionT:
        known = _registry.get(name)
        if known is not None and known.call.__module__ != call.__module__:
            raise SetupError(
                f"two steps are called {name!r}: {known.call.__module__} and {call.__module__}",
                fix="rename the plug-in's step, or take the plug-in out",
            )
        options = _options(name, call)
        _registry[name] = Step(name, call, options, takes, gives, main, hub, loss, sees_absent)
        return call

    return register


def _options(name: str, call: Callable[..., Any]) -> type[BaseModel]:
    signature = inspect.signature(call, eval_str=True)
    stated: dict[str, Any] = {
        option.name: (option.annotation, ... if option.default is inspect.Parameter.empty else option.default)
        for option in signature.parameters.values()
        if option.kind is inspect.Parameter.KEYWORD_ONLY
    }
    return create_model(f"{name}_options", __config__=ConfigDict(extra="forbid"), **stated)


@cache
def all_steps() -> Mapping[str, Step]:
    """Give every step by name: the shipped ones, then those of installed plug-ins.

    Raises:
        SetupError: a plug-in does not load, or takes the name of another step.
    """
    for module in _SHIPPED:
        importlib.import_module(module)
    for entry in entry_points(group=_GROUP):
        try:
            entry.load()
        except (ImportError, AttributeError) as error:
            raise SetupError(
                f"the plug-in step {entry.name!r} ({entry.value}) does not load: {error}",
                fix="install it again, or take it out",
            ) from error
    return MappingProxyType(_registry)
