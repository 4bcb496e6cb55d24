"""The version, once: the build reads it from here, and so does what is told to servers."""

from __future__ import annotations

__all__ = ["__version__"]

__version__ = "1.0.0"
