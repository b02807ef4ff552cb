"""How do flags come into force, and out of it again? Plans, their commands, and what they need to begin."""
