"""What a lead, contact, deal, pipeline and pool are, and the rules between them.

Pure: no I/O, no clock, no randomness; what time it is comes in as a value.
"""
