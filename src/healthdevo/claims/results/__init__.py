"""Tests of claims, by subject: each takes ``Sources`` and returns one result."""
