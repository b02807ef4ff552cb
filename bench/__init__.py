"""How much time and memory do the questions need? Measured on a synthetic history, never in a timed test."""
