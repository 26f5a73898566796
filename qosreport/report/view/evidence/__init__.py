"""The page about one place, part by part."""
