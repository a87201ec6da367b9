"""How much the bus takes."""

from __future__ import annotations

from typing import Final

LARGEST_PICTURE: Final = 16 * 1024 * 1024
"""Bytes of an encoded picture."""

MOST_PICTURES: Final = 200
"""Pictures of one enrolment."""
