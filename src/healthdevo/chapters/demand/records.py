"""How past forecasts did: the record of a model by horizon."""

from __future__ import annotations

import pandas as pd

from healthdevo.series import AreaForecast

__all__ = ["beaten_horizons", "scorecard"]


def scorecard(result: AreaForecast, model: str = "") -> pd.DataFrame:
    """Return the record of a model by horizon: errors relative to the floor, and coverage.

    Parameters
    ----------
    result : AreaForecast
        With a backtest.
    model : str
        Name of a model; by default the one in use.

    Returns
    -------
    pandas.DataFrame
        Indexed by horizon; empty where there is no backtest.
    """
    if result.backtest.empty:
        return pd.DataFrame()
    cards = result.backtest.reset_index("model")
    return cards[cards["model"] == (model or result.model)].drop(columns="model")


def beaten_horizons(result: AreaForecast) -> list[int]:
    """Return the horizons at which last year's months again did as well as or better than the model in use."""
    card = scorecard(result)
    if card.empty or result.model == "seasonal naive":
        return []
    return [int(h) for h in card.index[~(card["relative_error"] < 1.0)]]
