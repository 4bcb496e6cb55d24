"""The commands as typed methods, in the groups of the command reference."""
