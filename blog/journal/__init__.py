"""What happened, by whom and when: the journal's events and how they are read."""
