"""The door, in real PAM transactions against a stub judge."""
