"""Afterword: a blog engine whose comments are worth reading."""

__version__ = "0.1.0"
