"""qosreport: who had bad Zoom meetings, why, and what to do about it."""

__version__ = "0.1.0"
