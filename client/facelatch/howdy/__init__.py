"""What Howdy leaves on a machine, read with distrust, and what becomes of it here."""
