"""How do secrets stay secret? References in their place, and hashes of what is in objects and texts."""
