"""How does a feature reach an old version? Git's and the cluster's facts in, checks, progress and a plan out.

request = ReleaseRequest(names=release_names("v1", "new-feature", "v1.1.0"))
report.show(plan_release(request, sources).progress_table(), "Where the release stands")
"""

from importlib import import_module

# Where each name is defined. The command trinokit asks this package for the limits of a gate, and must not wait for
# pandas, so that a name is imported when somebody asks for it: https://peps.python.org/pep-0562/
_MODULE_OF = {
    "CloneSpec": "release_request",
    "DeploymentSpec": "release_request",
    "FeatureFiles": "release_request",
    "FeatureRelease": "release_door",
    "GateLimits": "release_request",
    "NamePatterns": "naming",
    "PullRequests": "release_request",
    "ReleaseRequest": "release_request",
    "VerifiedRelease": "release_door",
    "plan_release": "release_door",
    "release_names": "naming",
    "release_names_table": "naming",
}
__all__ = [*_MODULE_OF]  # noqa: PLE0604


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)
