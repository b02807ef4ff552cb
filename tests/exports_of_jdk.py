"""What do real JDKs export? Writes the table that the flags are checked against: python -m tests.exports_of_jdk JAVA…

A JDK of each major is named by its java program. One that was put together of some modules is told by lacking jlink.
"""

import sys
from collections import defaultdict
from collections.abc import Sequence

import msgspec

from tests.conftest import ROOT
from trinokit.kerberos.jdk_modules import JdkModule, MeasuredJdks, PackageGroup
from trinokit.observations import LocalJava
from trinokit.sources.jvms import local_java

PATH = ROOT / "lib" / "trinokit" / "kerberos" / "data" / "exports.json"


def measured(programs: Sequence[str]) -> MeasuredJdks:
    """What the JDKs of *programs* have."""
    jdks = {each.major: each for each in map(local_java.describe_java, programs)}
    names = sorted({name for each in jdks.values() for name in each.present})
    return MeasuredJdks(
        versions={major: each.version for major, each in sorted(jdks.items())},
        reduced=tuple(major for major, each in sorted(jdks.items()) if "jdk.jlink" not in each.present),
        modules={name: module(name, [jdks[major] for major in sorted(jdks)]) for name in names},
    )


def module(name: str, jdks: Sequence[LocalJava]) -> JdkModule:
    """The module *name* in each of *jdks*."""
    majors: dict[tuple, list[int]] = defaultdict(list)
    for each in jdks:
        for package, to in each.modules.get(name, {}).items():
            majors[package, to].append(each.major)
    groups = defaultdict(list)
    for (package, to), having in majors.items():
        groups[tuple(having), to].append(package)
    return JdkModule(
        jdks=tuple(each.major for each in jdks if name in each.present),
        loaded=tuple(each.major for each in jdks if name in each.loaded),
        groups=tuple(
            PackageGroup(having, to, tuple(sorted(packages))) for (having, to), packages in sorted(groups.items())
        ),
    )


def text(table: MeasuredJdks) -> str:
    """The *table* as JSON, a line for each module."""
    head = [f'"{name}":{_json(getattr(table, name))}' for name in ("versions", "reduced")]
    modules = ",\n".join(f'"{name}":{_json(each)}' for name, each in table.modules.items())
    return "{" + ",\n".join(head) + ',\n"modules":{\n' + modules + "\n}}\n"


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


if __name__ == "__main__":
    PATH.write_text(text(measured(sys.argv[1:])))
    print(f"{PATH}: {PATH.stat().st_size:,} bytes")
