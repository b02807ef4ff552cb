"""What does git declare? Charts and manifests are rendered, and read as kubectl reads them."""
