"""Where do the two sides of an object disagree? Rules, shapes and texts, compared value by value."""
