"""Area section "Spending": council spending, need and determinants."""
