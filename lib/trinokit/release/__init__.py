"""How does a new feature reach an old version safely? Git's and the cluster's facts in, a plan and findings out."""
