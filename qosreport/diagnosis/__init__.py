"""What the scores mean for an organisation: rates with their uncertainty, segments, causes."""
