"""Reports to their readers: mail, archive."""
