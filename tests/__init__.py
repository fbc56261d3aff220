"""The tests: a sentence each, with a real world in it."""
