"""`facelatch selftest`: how well it works here, with this face, camera and machine."""
