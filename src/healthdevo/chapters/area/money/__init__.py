"""The section on money of an area's page."""
