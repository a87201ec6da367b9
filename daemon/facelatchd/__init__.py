"""The judge: it decides, remembers and answers; it never sees a frame."""
