"""PAM on this machine: what its files do with the face, and changing them so that there is always a way back."""
