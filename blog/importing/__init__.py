"""Bring posts and their comments in from elsewhere."""
