"""Branding without code: a directory with logo, texts, colours, style and partials."""

from qosreport.report.branding.brand import PLAIN, Brand
from qosreport.report.branding.load import load_brand

__all__ = ["PLAIN", "Brand", "load_brand"]
