"""How does a feature reach an old version? Git's and the cluster's facts in, checks, progress and a plan out.

request = ReleaseRequest(names=release_names("v1", "new-feature", "v1.1.0"))
report.show(plan_release(request, sources).progress_table(), "Where the release stands")
"""

from trinokit.metric_gate_limits import GateLimits
from trinokit.release.naming import NamePatterns, release_names, release_names_table
from trinokit.release.release_door import FeatureRelease, VerifiedRelease, plan_release
from trinokit.release.release_request import CloneSpec, DeploymentSpec, FeatureFiles, PullRequests, ReleaseRequest

__all__ = [
    "CloneSpec",
    "DeploymentSpec",
    "FeatureFiles",
    "FeatureRelease",
    "GateLimits",
    "NamePatterns",
    "PullRequests",
    "ReleaseRequest",
    "VerifiedRelease",
    "plan_release",
    "release_names",
    "release_names_table",
]
