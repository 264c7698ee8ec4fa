"""Area section "Devolution": what a deal changed here, or what could have been seen."""
