"""What did a cluster answer when it was recorded? Each of its parts is read from the folder of the recording."""

from trinokit.sources.recorded.recorded_source import Recorded

__all__ = ["Recorded"]
