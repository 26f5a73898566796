"""The page of one meeting, section by section."""
