"""Measures of inequality: gradients, gaps, concentration, dispersion, decomposition, rates and life tables."""
