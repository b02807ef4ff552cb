"""What does a difference not tell? Permissions, ages, images, claims, nodes, addresses, what Prometheus has loaded."""
