"""What did a pod write first? There the JVM says which of its flags are void."""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from trinokit.errors import SourceError
from trinokit.evidence import Log, Pod
from trinokit.sources.api import Api
from trinokit.sources.running import Redact, hidden, reason

_AT_ONCE = 8
_BYTES = 16_384
# Its first line of Trino, in text or in JSON, tells whether this is the beginning; its configuration comes next.
_OF_TRINO = re.compile(r'^(?:\d{4}-\d\d-\d\dT\S+\t[A-Z]+\t|\{"timestamp":).*$', re.MULTILINE)
# The JVM repeats these variables as they are, and a password in one may have blanks.
_REPEATED = re.compile(r"^((?:NOTE: )?Picked up \w+:) .*", re.MULTILINE)


def read(api: Api, pods: Sequence[Pod], redact: Redact) -> tuple[Log, ...]:
    """The lines that each of *pods* wrote up to the first one of Trino itself, or why they could not be read.

    Secrets in them are as *redact* makes those of a ConfigMap, and what the JVM repeats of its environment is left out.
    """
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return tuple(threads.map(partial(_log, api, redact), pods))


def _log(api: Api, redact: Redact, pod: Pod) -> Log:
    path = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/log"
    try:
        answer = api.get(path, container=pod.container, limitBytes=str(_BYTES))
    except SourceError as error:
        return Log(pod, problem=reason(error))
    if answer.status != 200:
        return Log(pod, problem=answer.reason)
    whole = answer.body.decode(errors="replace")
    of_trino = _OF_TRINO.search(whole)
    [text] = hidden([_REPEATED.sub(r"\1 ...", whole[: of_trino.end()] if of_trino else whole)], redact)
    # A carriage return at the end of a flag is one of the faults that the JVM complains about.
    return Log(pod, tuple(text.removesuffix("\n").split("\n")) if text else ())
