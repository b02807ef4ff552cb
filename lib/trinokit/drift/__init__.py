"""What drifted? Objects in, findings out: normalize, compare, attribute, classify."""
