"""What does git say of a repository and its remote? Nothing of what the operator sees there is changed by reading."""
