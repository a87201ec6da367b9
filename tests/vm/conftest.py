"""What is in `checks` wants a machine of its own: run.py brings it there."""

collect_ignore = ["checks"]
