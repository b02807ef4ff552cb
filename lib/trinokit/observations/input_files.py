"""What stands in a file beside a cluster, such as one of rules, and how is that file called?"""

from typing import NamedTuple


class TextFile(NamedTuple):
    """The *text* of the file *name*, which errors about it name; both are empty where no file was given."""

    text: str = ""
    name: str = ""
