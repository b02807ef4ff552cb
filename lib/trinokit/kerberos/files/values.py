"""Where in a clone are the JVM flags of a role written, and how do its files look with all of them in force?"""

from collections.abc import Iterator, Sequence

from trinokit.errors import PlanError
from trinokit.evidence import Clone
from trinokit.kerberos import jvmconfig
from trinokit.kerberos.files import blocks, lists, trees
from trinokit.kerberos.files.blocks import Block
from trinokit.kerberos.files.lists import Where
from trinokit.kerberos.files.trees import Source
from trinokit.kerberos.force import lacking
from trinokit.kerberos.places import Place

_LIST = "additionalJVMConfig"
Held = Where | Block | Source


def held(place: Place, clone: Clone) -> Held:
    """Where the flags of *place* are written: a list of values, a block of a manifest, or a file of their own.

    Raises PlanError when they are written nowhere, or where more than one place could be theirs.
    """
    found = _in_values(place, clone) if trees.is_chart(clone) else _in_manifests(place, clone)
    if len(found) != 1:
        raise PlanError(
            f"Expected one place in {clone.repository} where the JVM flags of the {place.role} are written, "
            f"found {', '.join(map(str, found)) or 'none'}.",
            remedy="edit git by hand, or write the flags in one place",
        )
    return found[0]


def rewritten(places: Sequence[Place], flags: Sequence[str], clone: Clone) -> dict[str, str]:
    """The new text of each file that has to change for *flags* to be in force at all *places*, by its path.

    Raises PlanError when a file cannot be edited without changing anything else.
    """
    texts = dict(clone.files)
    for place in places:
        launcher = place.declared_launcher
        if missing := lacking(flags, jvmconfig.arguments(place.declared or "", launcher)):
            where = held(place, clone)
            texts[where.file] = _edited(texts[where.file], where, missing, launcher)
    return {file: text for file, text in texts.items() if text != clone.files[file]}


def _edited(text: str, where: Held, flags: Sequence[str], launcher: str) -> str:
    if isinstance(where, Source):
        return jvmconfig.edited(text, flags, launcher)
    room = lists if isinstance(where, Where) else blocks
    return room.edited(text, where, jvmconfig.edits(room.lines(text, where), flags, launcher))


def _in_values(place: Place, clone: Clone) -> list[Where]:
    """The lists of values that may be those of *place*, each in the last file that has it."""
    files = [file for file in (trees.within(clone, "values.yaml"), *clone.values) if file in clone.files]
    about = [(file, keys, said) for file in files for keys, said in _about(file, place.role, clone)]
    last = {keys: file for file, keys, said in about if _LIST in said}
    if not last and files:
        last = dict.fromkeys(sorted({keys for _, keys, _ in about} or _named(clone)), files[-1])
    return _fitting([Where(file, (*keys, place.role, _LIST)) for keys, file in last.items()], place, clone)


def _about(file: str, role: str, clone: Clone) -> Iterator[tuple[tuple[str, ...], dict]]:
    """What a values *file* says about *role*, and the keys above it: none, or the name of a chart within the chart."""
    values = lists.value(clone.files[file], Where(file, ()))
    tops = values if isinstance(values, dict) else {}
    for keys, each in [((), tops), *(((key,), each) for key, each in tops.items())]:
        if isinstance(each, dict) and role in each:
            yield keys, each[role] or {}


def _fitting(found: list[Where], place: Place, clone: Clone) -> list[Where]:
    """Those lists whose lines are all in the declared jvm.config of *place*; each of *found* where none is so."""
    declared = set((place.declared or "").splitlines())
    fitting = [each for each in found if set(lists.lines(clone.files[each.file], each)) <= declared]
    return fitting or found


def _named(clone: Clone) -> set[tuple[str, ...]]:
    """The keys above all values of Trino's own chart, by the names of the part's chart and of those within it."""
    chart = trees.mapping(clone, trees.within(clone, "Chart.yaml"))
    inner = [each for each in chart.get("dependencies") or [] if each.get("name") == "trino"]
    return {(each.get("alias") or "trino",) for each in inner} | {() for _ in [chart] if chart.get("name") == "trino"}


def _in_manifests(place: Place, clone: Clone) -> list[Block | Source]:
    """What holds exactly the declared jvm.config of *place*, for a ConfigMap of its name or, better, of just that."""
    found = [*_sources(place, clone), *_blocks(place, clone)]
    name = place.config_map.name if place.config_map else ""
    exact = [each for each in found if each.name == name]
    return exact or [each for each in found if each.name in name]


def _sources(place: Place, clone: Clone) -> Iterator[Source]:
    for each in trees.sources(clone):
        if each.key == place.key and clone.files.get(each.file) == place.declared:
            yield each


def _blocks(place: Place, clone: Clone) -> Iterator[Block]:
    for file in trees.manifests(clone):
        for document in blocks.documents(clone.files[file], file):
            name = blocks.config_map(document)
            if name and (document.get("data") or {}).get(place.key) == place.declared:
                yield Block(file, name, place.key)
