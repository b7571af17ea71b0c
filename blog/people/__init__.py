"""Accounts, their passwords, passkeys and sessions, and the delays after wrong passwords."""
