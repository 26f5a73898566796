"""What Zoom answered, read into the tables of `tables.PULLED`."""

from qosreport.zoom.parse.reading import Parsed, parse_pages

__all__ = ["Parsed", "parse_pages"]
