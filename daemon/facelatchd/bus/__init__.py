"""The judge on the system bus: objects, claims, and who may do what."""
