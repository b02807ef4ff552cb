"""How are notebooks read and written? By nbformat, loaded without what no notebook needs.

jsonschema, which nbformat loads, knows the format of IRIs and of durations where rfc3987-syntax and isoduration are
installed, as they are with JupyterLab. The first builds its parser when it is imported, which takes longer than all
other imports of a run together; the second loads arrow.
https://github.com/python-jsonschema/jsonschema/blob/v4.26.0/jsonschema/_format.py#L327
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import cast


@contextmanager
def modules_left_out(*names: str) -> Iterator[None]:
    """Where the modules *names* are imported, that fails as if they were not installed, unless they are loaded."""
    modules = cast("dict[str, ModuleType | None]", sys.modules)
    left_out = [name for name in names if name not in modules]
    modules.update(dict.fromkeys(left_out))
    try:
        yield
    finally:
        # Others may import them afterwards.
        for name in left_out:
            del modules[name]


with modules_left_out("rfc3987_syntax", "isoduration"):
    import nbformat

__all__ = ["modules_left_out", "nbformat"]
