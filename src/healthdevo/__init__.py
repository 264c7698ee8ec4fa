"""Tested measures for the devolution of health and care in England, and the book they feed."""

__version__ = "0.1.0"
