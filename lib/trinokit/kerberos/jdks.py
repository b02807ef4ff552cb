"""Which modules does a JDK have, with which packages, and to whom are these exported? Measured on real ones."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

import msgspec

from trinokit.findings import OK, WARNING, Finding, counted

EVERYBODY = ("*",)
_SHOWN = 5

Targets = tuple[str, ...]


class Group(msgspec.Struct, frozen=True):
    """The *packages* that some *jdks* export *to* the same modules, to `*`, or to nobody."""

    jdks: tuple[int, ...]
    to: Targets
    packages: tuple[str, ...]


class Module(msgspec.Struct, frozen=True):
    """One module: the *jdks* that have it and those in which a server has it *loaded* unasked, and its packages."""

    jdks: tuple[int, ...]
    loaded: tuple[int, ...]
    groups: tuple[Group, ...]

    def targets(self, jdk: int, package: str) -> Targets | None:
        """The modules that *jdk* exports *package* to, or None where it has no such package."""
        return next((each.to for each in self.groups if jdk in each.jdks and package in each.packages), None)


class Measured(msgspec.Struct, frozen=True):
    """Each *module* in the JDKs whose *versions* were measured; of a *reduced* one, what it lacks tells nothing."""

    versions: dict[int, str]
    reduced: tuple[int, ...]
    modules: dict[str, Module]

    @property
    def span(self) -> str:
        """The majors that it tells of."""
        return f"JDK {min(self.versions)} to {max(self.versions)}"

    def tells_of(self, jdk: int | None) -> bool:
        """Whether *jdk* was measured or lies between two that were."""
        return jdk is not None and min(self.versions) <= jdk <= max(self.versions)

    def has(self, jdk: int, module: str, package: str = "") -> bool | None:
        """Whether *jdk* has the *module* and in it the *package*; None where those around it disagree."""
        found = self.modules.get(module)
        if found is None:
            return False
        told = {
            each in found.jdks and (not package or found.targets(each, package) is not None)
            for each in self._around(jdk, found)
        }
        return told.pop() if len(told) == 1 else None

    def targets(self, jdk: int, module: str, package: str) -> Targets | None:
        """The modules that *jdk* exports *package* to; None where it lacks the package or those around it disagree."""
        found = self.modules.get(module)
        told = {found.targets(each, package) for each in self._around(jdk, found)} if found else set()
        return told.pop() if len(told) == 1 else None

    def is_loaded(self, jdk: int, module: str) -> bool:
        """Whether a server on *jdk* has the *module* without asking for it, as far as that is told."""
        # What was put together of some modules loads fewer of them than a JDK does.
        whole = [each for each in self.versions if each not in self.reduced]
        return any(each in self.modules[module].loaded for each in _neighbours(jdk, whole))

    def packages(self, jdk: int) -> Iterator[tuple[str, str]]:
        """Every module and package that *jdk* has for certain."""
        for name, module in self.modules.items():
            for package in sorted({each for group in module.groups for each in group.packages}):
                if self.has(jdk, name, package):
                    yield name, package

    def _around(self, jdk: int, module: Module) -> tuple[int, int]:
        return _neighbours(jdk, [each for each in self.versions if each not in self.reduced or each in module.jdks])


@cache
def measured() -> Measured:
    """What was measured."""
    text = (files("trinokit.kerberos") / "data" / "exports.json").read_bytes()
    return msgspec.json.decode(text, type=Measured, strict=False)


def compared(java: int, modules: Mapping[str, Mapping[str, Targets]]) -> list[Finding]:
    """Where a real JDK of the major *java* exports the packages of *modules* otherwise than the table says; or OK."""
    subject, table = f"JDK {java}", measured()
    if not table.tells_of(java):
        return [Finding(WARNING, subject, f"cannot be compared with the table, which has {table.span}")]
    known = {each for each in table.packages(java) if each[0] in modules}
    real = {(module, package): to for module, packages in modules.items() for package, to in packages.items()}
    differing = [
        f"{module}/{package}"
        for module, package in sorted(known | real.keys())
        if _disagrees(java, (module, package), real.get((module, package)))
    ]
    if not differing:
        return [Finding(OK, subject, f"exports {counted(len(real), 'package')} as the table says")]
    shown = ", ".join(differing[:_SHOWN]) + (", ..." if len(differing) > _SHOWN else "")
    sentence = f"exports {counted(len(differing), 'package')} otherwise than the table says, so believe it: {shown}"
    return [Finding(WARNING, subject, sentence)]


def _neighbours(jdk: int, measured: list[int]) -> tuple[int, int]:
    return max(each for each in measured if each <= jdk), min(each for each in measured if each >= jdk)


def _disagrees(java: int, package: tuple[str, str], real: Targets | None) -> bool:
    table = measured()
    if table.has(java, *package) is None:
        return False
    if real is None or not table.has(java, *package):
        return True
    told = table.targets(java, *package)
    return told is not None and tuple(sorted(told)) != tuple(sorted(real))
