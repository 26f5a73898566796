"""The stages as plain functions, and the jobs that chain them.

pull → score → report, each able to run again alone from what the one before saved. Nothing here
parses a command line, prints or exits.
"""
