"""How the server does: what was backed up and checked last, what is wrong with it, and what to do."""
