"""The mapping engine: its language, its steps, the shipped files."""
