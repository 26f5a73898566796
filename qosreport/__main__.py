"""`python -m qosreport`, the same as the installed command."""

from qosreport.cli import run

run()
