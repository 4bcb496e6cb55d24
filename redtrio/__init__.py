"""The Redis and Valkey client for Trio."""
