"""What does an API server answer? Objects, Helm releases, revisions, pod logs and its own audit log."""
