"""The use cases: sync, import, assign, push, undo. Plain functions; the only place where the rooms meet."""
