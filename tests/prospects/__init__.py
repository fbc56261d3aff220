"""Prospect lists: found, suppressed, paid for once, made leads of."""
