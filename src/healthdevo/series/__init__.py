"""Time series that know nothing of A&E: trend, control charts, interrupted series, decomposition, forecasts, reconciliation."""
