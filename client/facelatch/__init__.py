"""What everybody may import: shared types, the client of the daemon, and the `facelatch` command."""
