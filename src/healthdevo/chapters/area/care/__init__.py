"""Area section "Hospital and community care": waits, tests, cancer and discharge of a board."""
