"""Measuring what a pack's networks are worth, in the words of ISO/IEC 19795-1 and 30107-3."""
