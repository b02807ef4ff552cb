"""What differs between two texts of a file, so that git can make one of the other?"""

from difflib import unified_diff

from trinokit.kerberos.git_files.text_edits import split_lines


def git_unified_diff(name: str, before: str, after: str, *, context: int = 3) -> str:
    """What git takes for a change of the file *name*, with *context* unchanged lines around; empty without one.

    >>> print(git_unified_diff("etc/jvm.config", "-Xmx8G\\n", "-Xmx8G\\n-server\\n"), end="")
    --- a/etc/jvm.config
    +++ b/etc/jvm.config
    @@ -1 +1,2 @@
     -Xmx8G
    +-server
    """
    names = (f"a/{name}", f"b/{name}")
    lines = unified_diff(split_lines(before), split_lines(after), *names, n=context)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
