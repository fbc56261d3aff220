"""Prefect: when and where the use cases run."""
