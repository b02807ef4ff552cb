"""What did the JVMs say of their flags when they started? The first lines of the logs of pods."""

import re
from collections.abc import Iterator, Sequence

from trinokit.architecture.wording import listed
from trinokit.evidence import Log
from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding, Severity, counted
from trinokit.kerberos.faults import visible

# The words of JDK 17 to 25.
_HEARD = {
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
_BEGINNING = re.compile(
    r"\tINFO\tmain\t(?:io\.airlift\.log\.Logging|Bootstrap)\t"
    r'|^\{"timestamp":.*"logger":"(?:io\.airlift\.log\.Logging|Bootstrap)"'
)


def said(logs: Sequence[Log]) -> list[Finding]:
    """What the JVMs say of their flags in *logs*, one finding a line, and the logs that do not tell."""
    findings = [*_lines(logs), *_untold(logs)]
    if findings or not logs:
        return findings
    return [Finding(OK, "logs", f"the first lines of {counted(len(logs), 'pod')} complain of no flag")]


def _lines(logs: Sequence[Log]) -> Iterator[Finding]:
    heard: dict[tuple[Severity, str], list[str]] = {}
    for log in logs:
        for line in log.lines:
            severity = next((each for each, words in _HEARD.items() if words.match(line)), None)
            if severity is not None:
                heard.setdefault((severity, line), []).append(log.pod.name)
    for (severity, line), names in heard.items():
        yield Finding(severity, "logs", f"the JVM of {listed(names)} says: {visible(line)}")


def _untold(logs: Sequence[Log]) -> Iterator[Finding]:
    unread: dict[str, list[str]] = {}
    for log in logs:
        if log.problem:
            unread.setdefault(log.problem, []).append(log.pod.name)
    for problem, names in unread.items():
        yield Finding(CRITICAL, "logs", f"the log of {listed(names)} could not be read: {problem}")
    late = [log.pod.name for log in logs if not log.problem and not _begins(log)]
    if late:
        sentence = f"the log of {listed(late)} does not go back to the start: what the JVM said of its flags is gone"
        yield Finding(WARNING, "logs", sentence)


def _begins(log: Log) -> bool:
    """Whether *log* has the beginning: what the JVM said, or the first line of Trino."""
    lines = [line for line in log.lines if line.strip()]
    return any(words.match(line) for words in _HEARD.values() for line in lines) or any(
        _BEGINNING.search(line) for line in lines
    )
