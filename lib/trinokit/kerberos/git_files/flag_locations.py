"""Where in a clone are the JVM flags of a role written, and how do its files look with all of them in force?"""

from collections.abc import Iterator, Sequence

from trinokit.errors import PlanError
from trinokit.kerberos import jvm_config_text
from trinokit.kerberos.flag_in_arguments import missing_flags
from trinokit.kerberos.git_files import config_map_source_files, manifest_block_edits, values_list_edits
from trinokit.kerberos.git_files.config_map_source_files import GeneratorFile
from trinokit.kerberos.git_files.manifest_block_edits import ManifestBlock
from trinokit.kerberos.git_files.values_list_edits import ValuesList
from trinokit.kerberos.jvm_config_text import Launcher
from trinokit.kerberos.trino_workloads import JvmConfigFile
from trinokit.observations import Clone

_FLAGS_KEY = "additionalJVMConfig"
FlagLocation = ValuesList | ManifestBlock | GeneratorFile


def flag_location(config_file: JvmConfigFile, clone: Clone) -> FlagLocation:
    """Where the flags of *config_file* are written: a list of values, a block of a manifest, or a file of their own.

    Raises PlanError when they are written nowhere, or where more than one place could be theirs.
    """
    candidates = (
        _values_candidates(config_file, clone)
        if config_map_source_files.is_helm_chart(clone)
        else _manifest_candidates(config_file, clone)
    )
    if len(candidates) != 1:
        raise PlanError(
            f"Expected one place in {clone.repository} where the JVM flags of the {config_file.role} are written, "
            f"found {', '.join(map(str, candidates)) or 'none'}.",
            remedy="edit git by hand, or write the flags in one place",
        )
    return candidates[0]


def rewritten_files(config_files: Sequence[JvmConfigFile], flags: Sequence[str], clone: Clone) -> dict[str, str]:
    """The new text of each file that has to change for *flags* to be in force at all *config_files*, by its path.

    Raises PlanError when a file cannot be edited without changing anything else.
    """
    texts = dict(clone.files)
    for config_file in config_files:
        launcher = config_file.declared_launcher
        if missing := missing_flags(flags, jvm_config_text.config_arguments(config_file.declared or "", launcher)):
            location = flag_location(config_file, clone)
            texts[location.file] = _edit_location(texts[location.file], location, missing, launcher)
    return {file: text for file, text in texts.items() if text != clone.files[file]}


def _edit_location(text: str, location: FlagLocation, flags: Sequence[str], launcher: Launcher) -> str:
    if isinstance(location, GeneratorFile):
        return jvm_config_text.config_with_flags(text, flags, launcher)
    if isinstance(location, ValuesList):
        edits = jvm_config_text.required_edits(values_list_edits.list_lines(text, location), flags, launcher)
        return values_list_edits.edit_list(text, location, edits)
    edits = jvm_config_text.required_edits(manifest_block_edits.block_lines(text, location), flags, launcher)
    return manifest_block_edits.edit_block(text, location, edits)


def _values_candidates(config_file: JvmConfigFile, clone: Clone) -> list[ValuesList]:
    """The lists of values that may be those of *config_file*, each in the last file that has it."""
    of_chart = config_map_source_files.repository_path(clone, "values.yaml")
    files = [file for file in (of_chart, *clone.values) if file in clone.files]
    role_values = [
        (file, keys, values) for file in files for keys, values in _role_values(file, config_file.role, clone)
    ]
    file_by_keys = {keys: file for file, keys, values in role_values if _FLAGS_KEY in values}
    if not file_by_keys and files:
        file_by_keys = dict.fromkeys(
            sorted({keys for _, keys, _ in role_values} or _trino_chart_keys(clone)), files[-1]
        )
    return _matching_lists(
        [ValuesList(file, (*keys, config_file.role, _FLAGS_KEY)) for keys, file in file_by_keys.items()],
        config_file,
        clone,
    )


def _role_values(file: str, role: str, clone: Clone) -> Iterator[tuple[tuple[str, ...], dict]]:
    """What a values *file* says about *role*, and the keys above it: none, or the name of a chart within the chart."""
    values = values_list_edits.value_at_keys(clone.files[file], ValuesList(file, ()))
    tops = values if isinstance(values, dict) else {}
    for keys, each in [((), tops), *(((key,), each) for key, each in tops.items())]:
        if isinstance(each, dict) and role in each:
            yield keys, each[role] or {}


def _matching_lists(lists: list[ValuesList], config_file: JvmConfigFile, clone: Clone) -> list[ValuesList]:
    """Those lists whose lines are all in the declared jvm.config of *config_file*; each of *lists* where none is so."""
    declared = set((config_file.declared or "").splitlines())
    fitting = [each for each in lists if set(values_list_edits.list_lines(clone.files[each.file], each)) <= declared]
    return fitting or lists


def _trino_chart_keys(clone: Clone) -> set[tuple[str, ...]]:
    """The keys above all values of Trino's own chart, by the names of the part's chart and of those within it."""
    chart = config_map_source_files.first_document(clone, config_map_source_files.repository_path(clone, "Chart.yaml"))
    inner = [each for each in chart.get("dependencies") or [] if each.get("name") == "trino"]
    return {(each.get("alias") or "trino",) for each in inner} | {() for _ in [chart] if chart.get("name") == "trino"}


def _manifest_candidates(config_file: JvmConfigFile, clone: Clone) -> list[ManifestBlock | GeneratorFile]:
    """What holds exactly the declared text of *config_file*, for a ConfigMap of its name or, better, of just that."""
    candidates = [*_generator_candidates(config_file, clone), *_block_candidates(config_file, clone)]
    name = config_file.config_map.name if config_file.config_map else ""
    exact = [each for each in candidates if each.name == name]
    return exact or [each for each in candidates if each.name in name]


def _generator_candidates(config_file: JvmConfigFile, clone: Clone) -> Iterator[GeneratorFile]:
    for each in config_map_source_files.generator_files(clone):
        if each.key == config_file.key and clone.files.get(each.file) == config_file.declared:
            yield each


def _block_candidates(config_file: JvmConfigFile, clone: Clone) -> Iterator[ManifestBlock]:
    for file in config_map_source_files.manifest_files(clone):
        for document in manifest_block_edits.manifest_documents(clone.files[file], file):
            name = manifest_block_edits.config_map_name(document)
            if name and (document.get("data") or {}).get(config_file.key) == config_file.declared:
                yield ManifestBlock(file, name, config_file.key)
