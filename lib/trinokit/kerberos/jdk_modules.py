"""Which modules does a JDK have, with which packages, and to whom are these exported? Measured on real ones."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

import msgspec

from trinokit.findings import OK, WARNING, Finding, format_count

EVERYBODY = ("*",)
_MAX_SHOWN = 5

ExportTargets = tuple[str, ...]


class PackageGroup(msgspec.Struct, frozen=True):
    """The *packages* that some *jdks* export *to* the same modules, to `*`, or to nobody."""

    jdks: tuple[int, ...]
    to: ExportTargets
    packages: tuple[str, ...]


class JdkModule(msgspec.Struct, frozen=True):
    """One module: the *jdks* that have it and those in which a server has it *loaded* unasked, and its packages."""

    jdks: tuple[int, ...]
    loaded: tuple[int, ...]
    groups: tuple[PackageGroup, ...]

    def targets(self, jdk: int, package: str) -> ExportTargets | None:
        """The modules that *jdk* exports *package* to, or None where it has no such package."""
        return next((each.to for each in self.groups if jdk in each.jdks and package in each.packages), None)


class MeasuredJdks(msgspec.Struct, frozen=True):
    """Each *module* in the JDKs whose *versions* were measured; of a *reduced* one, what it lacks tells nothing."""

    versions: dict[int, str]
    reduced: tuple[int, ...]
    modules: dict[str, JdkModule]

    @property
    def major_range(self) -> str:
        """The majors that it tells of."""
        return f"JDK {min(self.versions)} to {max(self.versions)}"

    def covers_major(self, jdk: int | None) -> bool:
        """Whether *jdk* was measured or lies between two that were."""
        return jdk is not None and min(self.versions) <= jdk <= max(self.versions)

    def has(self, jdk: int, module: str, package: str = "") -> bool | None:
        """Whether *jdk* has the *module* and in it the *package*; None where those around it disagree."""
        jdk_module = self.modules.get(module)
        if jdk_module is None:
            return False
        answers = {
            each in jdk_module.jdks and (not package or jdk_module.targets(each, package) is not None)
            for each in self._surrounding_majors_of(jdk, jdk_module)
        }
        return answers.pop() if len(answers) == 1 else None

    def targets(self, jdk: int, module: str, package: str) -> ExportTargets | None:
        """The modules that *jdk* exports *package* to; None where it lacks the package or those around it disagree."""
        jdk_module = self.modules.get(module)
        answers = (
            {jdk_module.targets(each, package) for each in self._surrounding_majors_of(jdk, jdk_module)}
            if jdk_module
            else set()
        )
        return answers.pop() if len(answers) == 1 else None

    def is_loaded(self, jdk: int, module: str) -> bool:
        """Whether a server on *jdk* has the *module* without asking for it, as far as that is told."""
        # What was put together of some modules loads fewer of them than a JDK does.
        whole = [each for each in self.versions if each not in self.reduced]
        return any(each in self.modules[module].loaded for each in _surrounding_majors(jdk, whole))

    def packages(self, jdk: int) -> Iterator[tuple[str, str]]:
        """Every module and package that *jdk* has for certain."""
        for name, module in self.modules.items():
            for package in sorted({each for group in module.groups for each in group.packages}):
                if self.has(jdk, name, package):
                    yield name, package

    def _surrounding_majors_of(self, jdk: int, module: JdkModule) -> tuple[int, int]:
        return _surrounding_majors(
            jdk, [each for each in self.versions if each not in self.reduced or each in module.jdks]
        )


@cache
def measured_jdks() -> MeasuredJdks:
    """What was measured."""
    text = (files("trinokit.kerberos") / "data" / "exports.json").read_bytes()
    return msgspec.json.decode(text, type=MeasuredJdks, strict=False)


def jdk_difference_findings(java: int, modules: Mapping[str, Mapping[str, ExportTargets]]) -> list[Finding]:
    """Where a real JDK of the major *java* exports the packages of *modules* otherwise than the table says; or OK."""
    subject, table = f"JDK {java}", measured_jdks()
    if not table.covers_major(java):
        return [Finding(WARNING, subject, f"cannot be compared with the table, which has {table.major_range}")]
    measured_packages = {each for each in table.packages(java) if each[0] in modules}
    loaded_packages = {
        (module, package): to for module, packages in modules.items() for package, to in packages.items()
    }
    differing = [
        f"{module}/{package}"
        for module, package in sorted(measured_packages | loaded_packages.keys())
        if _differs_from_table(java, (module, package), loaded_packages.get((module, package)))
    ]
    if not differing:
        return [Finding(OK, subject, f"exports {format_count(len(loaded_packages), 'package')} as the table says")]
    names = ", ".join(differing[:_MAX_SHOWN]) + (", ..." if len(differing) > _MAX_SHOWN else "")
    sentence = (
        f"exports {format_count(len(differing), 'package')} otherwise than the table says, so believe it: {names}"
    )
    return [Finding(WARNING, subject, sentence)]


def _surrounding_majors(jdk: int, measured: list[int]) -> tuple[int, int]:
    return max(each for each in measured if each <= jdk), min(each for each in measured if each >= jdk)


def _differs_from_table(java: int, package: tuple[str, str], loaded_targets: ExportTargets | None) -> bool:
    table = measured_jdks()
    if table.has(java, *package) is None:
        return False
    if loaded_targets is None or not table.has(java, *package):
        return True
    measured_targets = table.targets(java, *package)
    return measured_targets is not None and tuple(sorted(measured_targets)) != tuple(sorted(loaded_targets))
