"""Designs that estimate what a change of policy changed, with inference fit for few treated areas."""
