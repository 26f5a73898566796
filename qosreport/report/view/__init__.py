"""From a result document to what a template places: words, order, rounding, geometry.

Knows no polars, no files and no HTML.
"""
