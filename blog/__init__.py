"""Afterword: a blog engine whose comments are worth reading."""

from functools import cache


@cache
def version() -> str:
    """Return the version that was installed; it names the commit that it was built from, unless that has a tag."""
    from importlib import metadata  # which takes longer than all else that a start imports here

    try:
        return metadata.version("afterword")
    except metadata.PackageNotFoundError:  # the files alone, never installed
        return "unknown"
