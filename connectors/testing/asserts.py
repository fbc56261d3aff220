"""Lets pytest show what a failed `assert` of the suite compared; must be imported before its parts are."""

from __future__ import annotations

import pytest

for _part in ("bench", "drift", "extremes", "fields", "reading", "receiving", "rights", "trouble"):
    pytest.register_assert_rewrite(f"connectors.testing.{_part}")
