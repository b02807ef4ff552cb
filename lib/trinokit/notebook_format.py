"""How are notebooks read and written? By nbformat, loaded without a parser that no notebook needs.

jsonschema, which nbformat loads, knows the format of IRIs where rfc3987-syntax is installed, as it is with JupyterLab.
That builds its parser when it is imported, which takes longer than all other imports of a run together.
https://github.com/python-jsonschema/jsonschema/blob/v4.26.0/jsonschema/_format.py#L327
"""

import sys
from types import ModuleType
from typing import cast

_PARSER = "rfc3987_syntax"


def _load_nbformat() -> ModuleType:
    modules = cast("dict[str, ModuleType | None]", sys.modules)
    is_loaded = _PARSER in modules
    if not is_loaded:
        # An import of None fails, as it does where the parser is not installed; others may import it afterwards.
        modules[_PARSER] = None
    try:
        import nbformat
    finally:
        if not is_loaded:
            del modules[_PARSER]
    return nbformat


nbformat = _load_nbformat()
