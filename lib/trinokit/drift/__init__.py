"""What drifted? Objects in, findings out: normalize, compare, attribute, classify."""

from trinokit.drift.drift_door import DetectedDrift, detect_drift
from trinokit.drift.request import DriftRequest

__all__ = ["DetectedDrift", "DriftRequest", "detect_drift"]
