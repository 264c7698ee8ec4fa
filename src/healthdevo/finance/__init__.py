"""Money: what a pound of spending buys, from an elasticity to the cost of a year of life in good health."""
