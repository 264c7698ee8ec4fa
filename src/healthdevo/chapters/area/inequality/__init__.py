"""Area section "Inequality": deprivation and the gradient inside and across districts."""
