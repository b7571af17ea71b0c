"""Integrity checks, the static export and backups."""
