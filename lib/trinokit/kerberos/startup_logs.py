"""What did the JVMs say of their flags when they started? The first lines of the logs of pods."""

import re
from collections.abc import Iterator, Sequence

from trinokit.architecture.table_building import join_names
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, Severity, format_count
from trinokit.kerberos.argument_faults import escape_invisible
from trinokit.observations import PodLog

# The words of JDK 17 to 25.
_JVM_MESSAGES = {
    CRITICAL: re.compile(
        r"Unrecognized (?:VM )?option|Error: (?:Could not|A JNI error|--add|Unable)|Error occurred during init"
        r"|java\.lang\.RuntimeException: Unable to parse --|Invalid (?:maximum|initial) heap size"
        r"|Improperly specified VM option"
    ),
    WARNING: re.compile(
        r"WARNING: (?:Unknown module: .* specified to --|package .* not in )"
        r"|(?:OpenJDK 64-Bit Server VM|Java HotSpot\(TM\) 64-Bit Server VM|VM) warning: (?:Ignoring|Option)"
    ),
    INFO: re.compile(r"(?:NOTE: )?Picked up \w+:"),
}
# The first line that Trino itself writes, which follows what the JVM says.
_FIRST_TRINO_LINE = re.compile(
    r"\tINFO\tmain\t(?:io\.airlift\.log\.Logging|Bootstrap)\t"
    r'|^\{"timestamp":.*"logger":"(?:io\.airlift\.log\.Logging|Bootstrap)"'
)


def startup_log_findings(logs: Sequence[PodLog]) -> list[Finding]:
    """What the JVMs say of their flags in *logs*, one finding a line, and the logs that do not tell."""
    findings = [*_message_findings(logs), *_incomplete_log_findings(logs)]
    if findings or not logs:
        return findings
    return [Finding(OK, "logs", f"the first lines of {format_count(len(logs), 'pod')} complain of no flag")]


def _message_findings(logs: Sequence[PodLog]) -> Iterator[Finding]:
    heard: dict[tuple[Severity, str], list[str]] = {}
    for log in logs:
        for line in log.lines:
            severity = next((each for each, words in _JVM_MESSAGES.items() if words.match(line)), None)
            if severity is not None:
                heard.setdefault((severity, line), []).append(log.pod.name)
    for (severity, line), names in heard.items():
        yield Finding(severity, "logs", f"the JVM of {join_names(names)} says: {escape_invisible(line)}")


def _incomplete_log_findings(logs: Sequence[PodLog]) -> Iterator[Finding]:
    unread: dict[str, list[str]] = {}
    for log in logs:
        if log.problem:
            unread.setdefault(log.problem, []).append(log.pod.name)
    for problem, names in unread.items():
        yield Finding(CRITICAL, "logs", f"the log of {join_names(names)} could not be read: {problem}")
    late = [log.pod.name for log in logs if not log.problem and not _has_beginning(log)]
    if late:
        sentence = (
            f"the log of {join_names(late)} does not go back to the start: what the JVM said of its flags is gone"
        )
        yield Finding(WARNING, "logs", sentence)


def _has_beginning(log: PodLog) -> bool:
    """Whether *log* has the beginning: what the JVM said, or the first line of Trino."""
    lines = [line for line in log.lines if line.strip()]
    return any(words.match(line) for words in _JVM_MESSAGES.values() for line in lines) or any(
        _FIRST_TRINO_LINE.search(line) for line in lines
    )
