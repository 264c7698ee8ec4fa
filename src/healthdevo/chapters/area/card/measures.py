"""What the numbers of the card are called and mean; nothing heavy is imported, since every build reads it."""

CARD = "healthdevo_card"
"""What the plain values are called in the metadata of the output that shows the card."""
NAMES = {
    "attendances": "A&E visits per 1,000 people",
    "four_hours": "Within four hours in A&E",
    "life_expectancy": "Life expectancy, years",
    "gradient": "Gap in life, rich to poor, years",
    "preventable_deaths": "Preventable deaths per 100,000",
    "spending_against_need": "Care spending against need",
}
MEANINGS = {
    "attendances": "Visits of a financial year for each 1,000 residents.",
    "four_hours": "Share of A&E attendances of the latest 12 months that took at most four hours.",
    "life_expectancy": "At birth, mean of women and men; of the districts, weighted by people, where there are several.",
    "gradient": "Slope index of inequality in life expectancy within districts, mean of women and men, weighted by people.",
    "preventable_deaths": "Deaths under 75 that public health could prevent, age-standardised, mean of three years; of the districts, weighted by people.",
    "spending_against_need": "Councils' spending on adult social care and public health per head over what deprivation and age lead one to expect, 2016/17 to 2021/22.",
}
"""What each number is, for those who ask."""
UNITS = {
    "attendances": "per 1,000",
    "four_hours": "share",
    "life_expectancy": "years",
    "gradient": "years",
    "preventable_deaths": "per 100,000",
    "spending_against_need": "%",
}
