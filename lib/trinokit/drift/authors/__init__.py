"""Who made a difference, and since when is it there? Managers, logs and revisions."""
