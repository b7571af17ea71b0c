"""Markdown to HTML: posts and comments."""
