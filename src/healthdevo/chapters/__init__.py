"""The stories: one module for each chapter or area section, joining tables to measures to charts.

Notebooks call these modules and hold no logic of their own; README findings come from here as well.
"""
