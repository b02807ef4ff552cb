"""What was the JVM of a pod started with? Looked up inside, where /proc has each argument as it was given."""

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

from trinokit import shell
from trinokit.clusters_file import KubernetesAccess
from trinokit.errors import SourceError
from trinokit.observations import Jvm, PodContainer, RunningJvms
from trinokit.sources.secrets.redaction import RedactObject, redact_texts

_PARALLEL_EXECS, _EXEC_TIMEOUT_S = 8, 30
_MAIN_CLASS = "io.trino.server.TrinoServer"
# The environment holds secrets, so only what the JVM takes its arguments from leaves the pod. The main class is
# written so that no grep finds itself.
_PROC_SCRIPT = rf"""LC_ALL=C; export LC_ALL
for p in /proc/[0-9]*; do
  grep -qzx '{_MAIN_CLASS.replace(".", "[.]")}' "$p/cmdline" 2>/dev/null || continue
  printf '\n== process %s\n' "${{p#/proc/}}"; cat "$p/cmdline" || exit
  printf '\n== environment\n'; grep -zE '^(JAVA_TOOL_OPTIONS|JDK_JAVA_OPTIONS|_JAVA_OPTIONS)=' "$p/environ"
  [ $? -le 1 ] || exit 1
  java=$(readlink "$p/exe")
  printf '\n== release\n'; cat "${{java%/bin/java}}/release" 2>/dev/null
done; true"""
_PROCESS_PATTERN = re.compile(rb"\n== process (\d+)\n(.*?)\n== environment\n(.*?)\n== release\n", re.DOTALL)
_VERSION_PATTERN = re.compile(rb'^(?:JAVA_RUNTIME_VERSION|JAVA_VERSION)="(.*)"$', re.MULTILINE)
# What the program java takes for itself, and what it joins with its value before the JVM sees it.
# https://docs.oracle.com/en/java/javase/25/docs/specs/man/java.html
_LAUNCHER_ONLY_OPTIONS = re.compile(
    r"-server|-client|--?show-?version|-Xdiag|-XshowSettings.*|-splash:.*|--class-path=.*"
)
_CLASS_PATH_OPTIONS = ("-cp", "-classpath", "--class-path")
_OPTIONS_WITH_VALUE = (
    *("--add-exports", "--add-opens", "--add-reads", "--add-modules", "--limit-modules", "--patch-module"),
    *("--module-path", "-p", "--upgrade-module-path", "--enable-native-access"),
)
_ARGUMENT_FILE_OPTIONS = re.compile(r"@[^@].*|-XX:VMOptionsFile=.*")


class _Process(NamedTuple):
    """A JVM in a pod: its *argv* and *environment*, and the text of the file release of its JDK."""

    pid: int
    argv: list[str]
    environment: list[str]
    release: bytes


def kubectl_prefix(access: KubernetesAccess) -> tuple[str, ...]:
    """The words that begin every command of kubectl for the cluster *access*."""
    if access.in_cluster:
        return ("kubectl",)
    context = f"--context={access.context}"
    if not access.kubeconfig:
        return ("kubectl", context)
    files = [str(Path(part).expanduser()) for part in access.kubeconfig.split(os.pathsep)]
    if len(files) == 1:
        return ("kubectl", f"--kubeconfig={files[0]}", context)
    # The flag takes one file, and the variable many.
    return ("env", f"KUBECONFIG={os.pathsep.join(files)}", "kubectl", context)


def read_jvms_in_pods(command: tuple[str, ...], pods: Sequence[PodContainer], redact: RedactObject) -> RunningJvms:
    """The JVM of Trino in each of *pods*, asked by the *command* kubectl, or why it could not be read.

    Its arguments are those that the JVM itself tells: with the ones that JAVA_TOOL_OPTIONS, JDK_JAVA_OPTIONS and
    _JAVA_OPTIONS hold, and without the class path and whatever the program java keeps for itself, such as -server.
    Passwords in them are as *redact* makes those of a ConfigMap.
    """
    with ThreadPoolExecutor(_PARALLEL_EXECS) as threads:
        jvms_by_pod = dict(zip(pods, threads.map(partial(_read_pod_jvm, command, redact), pods), strict=True))
    return RunningJvms(
        tuple(each for each in jvms_by_pod.values() if isinstance(each, Jvm)),
        {pod.name: each for pod, each in jvms_by_pod.items() if isinstance(each, str)},
    )


def _read_pod_jvm(command: tuple[str, ...], redact: RedactObject, pod: PodContainer) -> Jvm | str:
    pod_options = (
        f"--namespace={pod.namespace}",
        pod.name,
        f"--container={pod.container}",
        "--pod-running-timeout=10s",
    )
    argv = (*command, "exec", *pod_options, "--", "sh", "-c", _PROC_SCRIPT)
    try:
        output = shell.check_output(*argv, folder=Path.cwd(), seconds=_EXEC_TIMEOUT_S)
    except SourceError as error:
        # The command itself is long, and kubectl says last why it failed.
        error_lines = error.message.partition(", found")[2].lstrip(": ").splitlines()
        return "; ".join(error_lines[-2:]).rstrip(".")
    try:
        return _jvm_from_output(output, pod, redact)
    except SourceError as error:
        return error.clause


def _jvm_from_output(output: bytes, pod: PodContainer, redact: RedactObject) -> Jvm:
    processes = _PROCESS_PATTERN.split(output)
    java_processes = [
        _Process(int(pid), argv, _split_records(environment), release)
        for pid, cmdline, environment, release in zip(*(processes[first::4] for first in range(1, 5)), strict=True)
        if (argv := _split_records(cmdline)) and argv[0].rpartition("/")[2] == "java"
    ]
    if not java_processes:
        raise SourceError(f"Expected a JVM of Trino in {pod.name}, found none.", remedy="see what its container runs")
    first = min(java_processes)
    started_with = _start_arguments(first.argv, dict(each.partition("=")[::2] for each in first.environment))
    version = _VERSION_PATTERN.search(first.release)
    return Jvm(
        pod.name, redact_texts(started_with, redact), "kubectl exec", java=version[1].decode() if version else ""
    )


def _split_records(content: bytes) -> list[str]:
    return [each.decode(errors="replace") for each in content.split(b"\0")[:-1]]


def _start_arguments(argv: Sequence[str], environment: dict[str, str]) -> tuple[str, ...]:
    tool, jdk, last = (
        _split_java_options(environment.get(name, ""))
        for name in ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
    )
    arguments = (*tool, *_passed_on_arguments([*jdk, *argv[1 : argv.index(_MAIN_CLASS)]]), *last)
    for each in arguments:
        if _ARGUMENT_FILE_OPTIONS.fullmatch(each):
            raise SourceError(f"Expected every argument in /proc, found {each}.", remedy="ask through Trino")
    return arguments


def _passed_on_arguments(arguments: Iterable[str]) -> Iterator[str]:
    following = iter(arguments)
    for each in following:
        if each in _CLASS_PATH_OPTIONS:
            next(following, None)
        elif each in _OPTIONS_WITH_VALUE:
            yield f"{'--module-path' if each == '-p' else each}={next(following, '')}"
        elif not _LAUNCHER_ONLY_OPTIONS.fullmatch(each):
            yield each


def _split_java_options(text: str) -> list[str]:
    # As Java splits them: quotes hold a word together, and a backslash is like any other character.
    words = shlex.shlex(text, posix=True)
    words.whitespace_split, words.whitespace = True, " \t\n\r\v\f"
    words.escape = words.commenters = ""
    try:
        return list(words)
    except ValueError as error:
        raise SourceError(f"Expected options of Java, found: {error}.", remedy="ask through Trino") from error
