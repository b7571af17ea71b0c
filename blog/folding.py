"""Texts compared as a reader would: capitals make no difference, in any script that has them."""


def has_all(text: str, wanted: str) -> bool:
    """Tell whether a text holds each line of what is wanted, which comes folded; SQL asks it too (blog/store.py)."""
    folded = text.casefold()
    return all(part in folded for part in wanted.split("\n"))
