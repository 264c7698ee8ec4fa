"""Area section "Avoidable admissions": emergency admissions for chronic illness, their trend and rank."""
