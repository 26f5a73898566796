"""The weekly page, section by section."""
