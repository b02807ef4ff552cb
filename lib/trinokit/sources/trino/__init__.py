"""What does a Trino answer, and what do its answers mean? Questions, layouts, masking, the coordinator."""
