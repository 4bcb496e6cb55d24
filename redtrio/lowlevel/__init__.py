"""The low-level API: one command, one connection, raw replies. Useful on its own."""
