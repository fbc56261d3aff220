"""Stand-ins of the vendors over real HTTP on loopback, for the demo and the tests.

A stand-in is only as good as its doubts: where it and a vendor's real answers differ, it is wrong.
"""
