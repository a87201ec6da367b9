"""The enrolment window. It reaches the daemon over the bus only."""
