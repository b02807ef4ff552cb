"""What does a difference of two objects not tell? One module for each part of the six categories."""
