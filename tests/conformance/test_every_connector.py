"""No connector goes without the suite, and none of its tests goes by unheard."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import tests.conformance
from connectors.testing import ConformanceSuite
from hub.connecting import CONNECTORS, installed


def suites() -> Iterator[type[ConformanceSuite]]:
    """Find the suites of this package."""
    for module in pkgutil.iter_modules(tests.conformance.__path__):
        if module.name.startswith("test_") and module.name != "test_every_connector":
            found = importlib.import_module(f"tests.conformance.{module.name}")
            yield from (each for each in vars(found).values() if _is_suite(each))


def _is_suite(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, ConformanceSuite) and value is not ConformanceSuite


TESTED = {suite.connector.name for suite in suites() if suite.__name__.startswith("Test")}


@pytest.mark.parametrize("name", installed(CONNECTORS))
def test_every_installed_connector_has_a_suite(name: str) -> None:
    """Add tests/conformance/test_NAME.py: a stand-in and three lines; docs/write-a-connector.md tells how."""
    assert name in TESTED
