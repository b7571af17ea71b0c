"""HTTP in, HTML out: no SQL and no rules here."""
