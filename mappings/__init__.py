"""Turns a source record into a canonical draft: the language, its steps, the YAML files that admins edit."""
