"""`facelatch pam`: PAM's files, seen and changed so that there is always a way back."""
