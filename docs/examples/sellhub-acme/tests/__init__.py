"""Tests of the package; they need no account with Acme."""
