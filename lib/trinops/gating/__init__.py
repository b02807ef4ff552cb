"""Does a cluster keep its limits from now on? The command trinops gate watches it, and says."""
