"""The journal: what happened, by whom and when."""
