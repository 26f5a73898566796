"""From scores to the result documents: every number that a page may show."""
