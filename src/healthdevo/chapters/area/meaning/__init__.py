"""Area section "What this means here": three sentences by rule."""
