"""Filters and smart lists."""
