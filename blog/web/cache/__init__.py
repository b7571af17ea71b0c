"""The page cache."""
