"""Every connector against its stand-in, by the suite that any package may use: connectors/testing."""
