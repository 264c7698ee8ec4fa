"""Area section "A&E": attendances, four hours, trend and forecast."""
