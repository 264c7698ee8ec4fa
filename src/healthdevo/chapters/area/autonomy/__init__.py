"""Area section "Autonomy": where a board and its trusts stand, and what a gate would have done."""
