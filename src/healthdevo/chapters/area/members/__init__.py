"""Area section "Parts and neighbours": what lies in the area, what it lies in, and what lies beside it."""
