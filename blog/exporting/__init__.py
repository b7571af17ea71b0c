"""Export files for other programs: one module for each kind, all read from one snapshot of the database."""
