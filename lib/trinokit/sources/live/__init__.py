"""What does a running cluster answer? Each of its parts is asked where clusters.yaml says."""

from trinokit.sources.live.live_source import Live

__all__ = ["Live"]
