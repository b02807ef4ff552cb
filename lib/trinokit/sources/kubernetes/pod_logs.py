"""What did a pod write first? There the JVM says which of its flags are void."""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from trinokit.errors import SourceError
from trinokit.observations import PodContainer, PodLog
from trinokit.sources.kubernetes.api_server import ApiServer
from trinokit.sources.secrets.redaction import RedactObject, redact_texts

_PARALLEL_READS = 8
_MAX_BYTES = 16_384
# Its first line of Trino, in text or in JSON, tells whether this is the beginning; its configuration comes next.
_FIRST_TRINO_LINE = re.compile(r'^(?:\d{4}-\d\d-\d\dT\S+\t[A-Z]+\t|\{"timestamp":).*$', re.MULTILINE)
# The JVM repeats these variables as they are, and a password in one may have blanks.
_PICKED_UP_OPTIONS = re.compile(r"^((?:NOTE: )?Picked up \w+:) .*", re.MULTILINE)


def read_pod_logs(api: ApiServer, pods: Sequence[PodContainer], redact: RedactObject) -> tuple[PodLog, ...]:
    """The lines that each of *pods* wrote up to the first one of Trino itself, or why they could not be read.

    Secrets in them are as *redact* makes those of a ConfigMap, and what the JVM repeats of its environment is left out.
    """
    with ThreadPoolExecutor(_PARALLEL_READS) as threads:
        return tuple(threads.map(partial(_read_pod_log, api, redact), pods))


def _read_pod_log(api: ApiServer, redact: RedactObject, pod: PodContainer) -> PodLog:
    path = f"/api/v1/namespaces/{pod.namespace}/pods/{pod.name}/log"
    try:
        answer = api.get(path, container=pod.container, limitBytes=str(_MAX_BYTES))
    except SourceError as error:
        return PodLog(pod, problem=error.clause)
    if answer.status != 200:
        return PodLog(pod, problem=answer.reason)
    whole = answer.body.decode(errors="replace")
    of_trino = _FIRST_TRINO_LINE.search(whole)
    [text] = redact_texts([_PICKED_UP_OPTIONS.sub(r"\1 ...", whole[: of_trino.end()] if of_trino else whole)], redact)
    # A carriage return at the end of a flag is one of the faults that the JVM complains about.
    return PodLog(pod, tuple(text.removesuffix("\n").split("\n")) if text else ())
