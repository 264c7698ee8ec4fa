"""The section on the health duty of strategic authorities: what it covers that is measured, where each stands, when a change would show."""
