"""What is a cluster made of, who depends on whom, and what is wired wrong? Objects in, tables and findings out."""

from importlib import import_module

# The command of a gate needs one module of this package, and must not wait for pandas, so that the door is imported
# when somebody asks for it: https://peps.python.org/pep-0562/
__all__ = ["Aspect", "ClusterMap", "map_cluster"]  # noqa: F822


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.cluster_map"), name)
