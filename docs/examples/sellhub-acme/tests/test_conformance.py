"""The hub's own suite, for this connector."""

from __future__ import annotations

from sellhub_acme.connector import Acme

from connectors.testing import ConformanceSuite
from tests.standin import AcmeAccount


class TestAcme(ConformanceSuite):
    connector, standin = Acme, AcmeAccount
