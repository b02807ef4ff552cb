"""What can trinokit be told to do? A module each, called as the command is; what they share is in `notebooks`."""
