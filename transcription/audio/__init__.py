"""Audio from outside: fetched through a narrow door, told by its bytes, measured before anybody pays for it."""
