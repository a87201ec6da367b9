"""Whatever arrives: the judge's lines, and the messages between judge and eye."""
