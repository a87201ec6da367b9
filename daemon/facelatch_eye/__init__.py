"""The eye: it owns the camera and runs the networks; it sees and never decides."""
