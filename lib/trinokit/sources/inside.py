"""What was the JVM of a pod started with? Looked up inside, where /proc has each argument as it was given."""

import os
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from trinokit import shell
from trinokit.clusters import Kubernetes
from trinokit.errors import SourceError
from trinokit.evidence import Jvm, Pod, Running
from trinokit.sources.running import Redact, hidden, reason

_AT_ONCE, _SECONDS = 8, 30
_MAIN = "io.trino.server.TrinoServer"
# The environment holds secrets, so only what the JVM takes its arguments from leaves the pod. The main class is
# written so that no grep finds itself.
_SCRIPT = rf"""LC_ALL=C; export LC_ALL
for p in /proc/[0-9]*; do
  grep -qzx '{_MAIN.replace(".", "[.]")}' "$p/cmdline" 2>/dev/null || continue
  printf '\n== process %s\n' "${{p#/proc/}}"; cat "$p/cmdline" || exit
  printf '\n== environment\n'; grep -zE '^(JAVA_TOOL_OPTIONS|JDK_JAVA_OPTIONS|_JAVA_OPTIONS)=' "$p/environ"
  [ $? -le 1 ] || exit 1
  java=$(readlink "$p/exe")
  printf '\n== release\n'; cat "${{java%/bin/java}}/release" 2>/dev/null
done; true"""
_PROCESS = re.compile(rb"\n== process (\d+)\n(.*?)\n== environment\n(.*?)\n== release\n", re.DOTALL)
_VERSION = re.compile(rb'^(?:JAVA_RUNTIME_VERSION|JAVA_VERSION)="(.*)"$', re.MULTILINE)
# What the program java takes for itself, and what it joins with its value before the JVM sees it.
# https://docs.oracle.com/en/java/javase/25/docs/specs/man/java.html
_OWN = re.compile(r"-server|-client|--?show-?version|-Xdiag|-XshowSettings.*|-splash:.*|--class-path=.*")
_CLASS_PATH = ("-cp", "-classpath", "--class-path")
_JOINED = (
    *("--add-exports", "--add-opens", "--add-reads", "--add-modules", "--limit-modules", "--patch-module"),
    *("--module-path", "-p", "--upgrade-module-path", "--enable-native-access"),
)
_ELSEWHERE = re.compile(r"@[^@].*|-XX:VMOptionsFile=.*")


def kubectl(where: Kubernetes) -> tuple[str, ...]:
    """The words that begin every command of kubectl for the cluster *where*."""
    if where.in_cluster:
        return ("kubectl",)
    context = f"--context={where.context}"
    if not where.kubeconfig:
        return ("kubectl", context)
    files = [str(Path(part).expanduser()) for part in where.kubeconfig.split(os.pathsep)]
    if len(files) == 1:
        return ("kubectl", f"--kubeconfig={files[0]}", context)
    # The flag takes one file, and the variable many.
    return ("env", f"KUBECONFIG={os.pathsep.join(files)}", "kubectl", context)


def read(command: tuple[str, ...], pods: Sequence[Pod], redact: Redact) -> Running:
    """The JVM of Trino in each of *pods*, asked by the *command* kubectl, or why it could not be read.

    Its arguments are those that the JVM itself tells: with the ones that JAVA_TOOL_OPTIONS, JDK_JAVA_OPTIONS and
    _JAVA_OPTIONS hold, and without the class path and whatever the program java keeps for itself, such as -server.
    Passwords in them are as *redact* makes those of a ConfigMap.
    """
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        found = dict(zip(pods, threads.map(partial(_found, command, redact), pods), strict=True))
    return Running(
        tuple(each for each in found.values() if isinstance(each, Jvm)),
        {pod.name: each for pod, each in found.items() if isinstance(each, str)},
    )


def _found(command: tuple[str, ...], redact: Redact, pod: Pod) -> Jvm | str:
    place = (f"--namespace={pod.namespace}", pod.name, f"--container={pod.container}", "--pod-running-timeout=10s")
    argv = (*command, "exec", *place, "--", "sh", "-c", _SCRIPT)
    try:
        said = shell.printed(*argv, folder=Path.cwd(), seconds=_SECONDS)
    except SourceError as error:
        # The command itself is long, and kubectl says last why it failed.
        told = error.message.partition(", found")[2].lstrip(": ").splitlines()
        return "; ".join(told[-2:]).rstrip(".")
    try:
        return _jvm(said, pod, redact)
    except SourceError as error:
        return reason(error)


def _jvm(said: bytes, pod: Pod, redact: Redact) -> Jvm:
    processes = _PROCESS.split(said)
    found = [
        (int(pid), argv, _records(environment), release)
        for pid, cmdline, environment, release in zip(*(processes[first::4] for first in range(1, 5)), strict=True)
        if (argv := _records(cmdline)) and argv[0].rpartition("/")[2] == "java"
    ]
    if not found:
        raise SourceError(f"Expected a JVM of Trino in {pod.name}, found none.", remedy="see what its container runs")
    _, argv, environment, release = min(found)
    started_with = _started_with(argv, dict(each.partition("=")[::2] for each in environment))
    version = _VERSION.search(release)
    return Jvm(pod.name, hidden(started_with, redact), "kubectl exec", java=version[1].decode() if version else "")


def _records(content: bytes) -> list[str]:
    return [each.decode(errors="replace") for each in content.split(b"\0")[:-1]]


def _started_with(argv: Sequence[str], environment: dict[str, str]) -> tuple[str, ...]:
    tool, jdk, last = (
        _words(environment.get(name, "")) for name in ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
    )
    found = (*tool, *_passed_on([*jdk, *argv[1 : argv.index(_MAIN)]]), *last)
    for each in found:
        if _ELSEWHERE.fullmatch(each):
            raise SourceError(f"Expected every argument in /proc, found {each}.", remedy="ask through Trino")
    return found


def _passed_on(arguments: Iterable[str]) -> Iterator[str]:
    following = iter(arguments)
    for each in following:
        if each in _CLASS_PATH:
            next(following, None)
        elif each in _JOINED:
            yield f"{'--module-path' if each == '-p' else each}={next(following, '')}"
        elif not _OWN.fullmatch(each):
            yield each


def _words(text: str) -> list[str]:
    # As Java splits them: quotes hold a word together, and a backslash is like any other character.
    words = shlex.shlex(text, posix=True)
    words.whitespace_split, words.whitespace = True, " \t\n\r\v\f"
    words.escape = words.commenters = ""
    try:
        return list(words)
    except ValueError as error:
        raise SourceError(f"Expected options of Java, found: {error}.", remedy="ask through Trino") from error
