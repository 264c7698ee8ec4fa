"""Emergency care: growth accounts, trends, interrupted series, control charts, four-hour performance, forecasts."""
