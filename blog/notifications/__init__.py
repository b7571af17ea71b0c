"""Mail to moderators, readers and account holders: what causes it, what it says, and how it is sent."""
