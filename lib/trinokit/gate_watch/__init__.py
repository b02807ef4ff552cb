"""Does a cluster keep its limits from now on? The command trinokit gate watches it, and says."""
