"""With which words does a command of helm begin that asks the same API server as kubectl?"""

import re
from collections.abc import Sequence


def helm_prefix(kubectl: Sequence[str]) -> tuple[str, ...]:
    """The words that begin every command of helm, where those of kubectl begin with *kubectl*.

    >>> helm_prefix(["kubectl", "--context=production"])
    ('helm', '--kube-context=production')
    """
    return tuple(re.sub("^--context=", "--kube-context=", re.sub("^kubectl$", "helm", each)) for each in kubectl)
