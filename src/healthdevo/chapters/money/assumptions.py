"""What the chapter takes as given; the table on the page is read off the code that uses it."""

from __future__ import annotations

from healthdevo.finance import Assumption

PENNY = Assumption(
    "penny in the pound on local disposable income",
    0.01,
    0.01,
    0.01,
    "share of income",
    note="A unit to compare places by, not a proposal. Disposable income is after tax and includes pensions and benefits.",
)
PRECEPT = Assumption(
    "health precept on a Band D home",
    100.0,
    100.0,
    100.0,
    "pounds a year",
    note="A unit to compare places by, not a proposal. Homes in other bands pay in their fixed proportions.",
)
INCOME_TAX_SHARE = Assumption(
    "share of income tax handed over",
    0.1,
    0.0,
    1.0,
    "share of receipts",
    note="A unit to compare regions by. A share for mayors is announced for April 2028; no rate was found.",
)
INCOME_TAX_STEEPNESS = Assumption(
    "how steeply income tax rises with income per head",
    1.5,
    1.0,
    2.0,
    "power of income per head",
    note="Receipts are told for regions. Within a region a district's share is taken as its people times income per head to this power: at 1 in proportion, above it steeper, as rates rise with income.",
)
HEALTH_INEQUALITIES = Assumption(
    "weight of health inequalities in the formula",
    0.10,
    0.099,
    0.102,
    "share of the formula",
    source="House of Commons Health Committee, written evidence PH 146 (2011), which tells of the cut from 15 to 10 per cent",
    note="In the round of 2022/23 the published components rebuild the formula with 9.9 to 10.2 per cent; later rounds cannot be rebuilt.",
)
HEALTH_INEQUALITIES_MORE = Assumption(
    "higher weight of health inequalities that is tried",
    0.15,
    0.10,
    0.15,
    "share of the formula",
    source="House of Commons Health Committee, written evidence PH 146 (2011): the weight of 2009/10 and 2010/11",
    note="Who gains does not hang on the size of the rise, only how much.",
)
