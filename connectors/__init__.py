"""Speaks to other systems: one module and one class a system. Knows nothing of leads."""
