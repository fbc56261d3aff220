"""Prefect: when and where the use cases run. Importing any flow sets Prefect up first."""

from flows import environment as environment
