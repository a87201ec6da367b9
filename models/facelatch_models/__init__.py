"""Packs, and what is done with the networks in them. Imports nothing else of this project."""
