"""What others found: published effects of spending on mortality, and published costs of a healthy year."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo.chapters.common import (
    PUBLIC_HEALTH_ALONE,
    PUBLISHED_STUDY,
    pounds,
    published_elasticities,
    published_elasticity,
    source_line,
)
from healthdevo.chapters.spending import words
from healthdevo.charts import Chart, Table, bar_chart, made_column, page_table, text_column
from healthdevo.errors import TableError
from healthdevo.results import Estimate
from healthdevo.wording import number

_STUDIES = ("Alexiou", "Barr", "Claxton", "Goodair", "Lomas", "Martin")


@dataclass(frozen=True)
class Published:
    """Published estimates on spending, mortality and costs, from table ``published_estimate``."""

    estimates: pd.DataFrame = field(repr=False)

    @cached_property
    def elasticities(self) -> pd.DataFrame:
        """Published elasticities of mortality with respect to public health spending."""
        return published_elasticities(self.estimates)

    @cached_property
    def elasticity(self) -> Estimate:
        """The published elasticity of the model of public health spending alone."""
        return published_elasticity(self.estimates)

    def table(self) -> Table:
        """List published estimates on spending and mortality."""
        p = self.estimates
        rows = p[p["study"].str.startswith(_STUDIES) & (p["unit"] != "pounds")]
        return page_table(
            rows.sort_values(["publication_year", "study", "outcome", "design"]),
            [
                made_column("Study", ["study", "publication_year"], lambda study, year: f"{study} ({year})"),
                made_column("Data and design", ["data", "design"], lambda data, design: f"{data}; {design}"),
                text_column("Outcome", "outcome"),
                made_column("Estimate", ["estimate", "unit"], lambda v, unit: f"{number(v)} ({unit})"),
                made_column("95% interval", ["lower", "upper", "standard_error"], words.published_reach),
                text_column("Read in", "read_in"),
            ],
            table_id="published",
            caption=words.PUBLISHED_TABLE,
            source=source_line("published_estimate"),
        )

    @cached_property
    def costs(self) -> pd.DataFrame:
        """Published spending for one quality-adjusted life-year, by study and kind of spending."""
        p = self.estimates
        rows = p[(p["unit"] == "pounds") & p["outcome"].str.contains("quality-adjusted")].copy()
        kind = np.where(rows["outcome"].str.contains("public health"), "prevention", "treatment")
        columns = (rows["study"], rows["publication_year"], rows["outcome"], rows["design"])
        labels = [words.cost_label(*row) for row in zip(*columns, strict=True)]
        return rows.assign(kind=kind, label=labels).sort_values(["kind", "estimate"]).reset_index(drop=True)

    @cached_property
    def cost(self) -> float:
        """Published cost of a QALY by public health spending, from the same model as the elasticity used here."""
        rows = self.costs.query(f"study == {PUBLISHED_STUDY!r} and kind == 'prevention'")
        rows = rows[rows["design"].str.endswith(PUBLIC_HEALTH_ALONE)]
        if len(rows) != 1:
            raise TableError(
                f"table published_estimate has no cost per QALY of {PUBLISHED_STUDY}, {PUBLIC_HEALTH_ALONE}"
            )
        return float(rows["estimate"].iloc[0])

    @cached_property
    def same_study(self) -> pd.DataFrame:
        """Cost of a QALY by treatment and by prevention where one study estimated both in the same way."""
        rows = self.costs[self.costs["study"] == PUBLISHED_STUDY]
        wide = rows.pivot_table(index="design", columns="kind", values="estimate").dropna()
        return wide.assign(ratio=wide["treatment"] / wide["prevention"]).reset_index()

    def costs_chart(self) -> Chart:
        """Draw the published cost of a QALY: prevention against treatment."""
        data = self.costs
        return bar_chart(
            data,
            label="label",
            value="estimate",
            focus=data.loc[data["kind"] == "prevention", "label"].tolist(),
            value_format=pounds,
            caption=words.published_costs(self),
        )
