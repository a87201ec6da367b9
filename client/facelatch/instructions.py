"""What somebody is told to do before the camera; the daemon says it at the door, the command at a try."""

from __future__ import annotations

from typing import Final

from facelatch.types import Gesture

INSTRUCTIONS: Final = {
    Gesture.TURN_LEFT: "Now turn your head to the left, and back.",
    Gesture.TURN_RIGHT: "Now turn your head to the right, and back.",
    Gesture.NOD: "Now nod.",
    Gesture.BLINK: "Now close your eyes for a moment.",
}
