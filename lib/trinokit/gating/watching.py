"""What is measured of a cluster while its gate is kept? Its history again and again, the rest at the end."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from trinokit.errors import ParameterError, SourceError
from trinokit.release import gate as gates
from trinokit.release import moments, rollouts
from trinokit.release.gate import PATIENCE_S
from trinokit.release.measures import BASELINE, HISTORY, ROLLOUT, WORKERS, Measures, Sample, slowest_ms
from trinokit.release.wishes import Limits, Target
from trinokit.sources import connect
from trinokit.sources.coordinator import refused
from trinokit.sources.live import Live

_SAMPLES, _SHORTEST_S, _LATE_S = 60, 2, 3
# Longer than any query runs.
_NEVER_MS = 10**15


def watched(cluster: str, rollout: str, limits: Limits) -> Measures:
    """What is measured of *cluster* and of the *rollout* in it, as long as *limits* say and not much longer.

    Raises ParameterError where clusters.yaml does not name all that is to be asked.
    """
    watch = _watch(cluster, rollout, limits)
    return _within(limits.seconds + PATIENCE_S, watch.measures) or watch.silent


class Watch:
    """A *source*, and a *baseline* beside it, that are watched as *limits* say; and the rollout of a *target*."""

    def __init__(self, source: Live, baseline: Live | None, target: Target | None, limits: Limits) -> None:
        self.source, self.baseline, self.target, self.limits = source, baseline, target, limits
        self._unread: dict[str, str] = {}
        self._in_vain = False
        self._since: datetime | None = None
        self._before: datetime | None = None
        # What was in the window before does not change any more.
        self._stable: Sample | None = None
        self._found = Measures(rollout=self._rollout)

    def measures(self) -> Measures:
        """What is measured once the window is over, or as soon as the queries in it have broken a limit."""
        started, seconds = time.monotonic(), self.limits.seconds
        self._begin()
        while not self._in_vain and (left := started + seconds - time.monotonic()) > 0:
            time.sleep(min(left, max(_SHORTEST_S, seconds / _SAMPLES)))
            found = self._histories(time.monotonic() - started)
            if gates.verdict(found, self.limits).value == "fail":
                return self._whole(found)
        # A query that ended within the window is in the history a moment later.
        time.sleep(_LATE_S)
        self._find_rollout()
        return self._whole(self._histories(min(seconds, time.monotonic() - started)))

    @property
    def silent(self) -> Measures:
        """What was measured of the histories last, where answers did not come in time."""
        why = f"no answer within {self.limits.seconds + PATIENCE_S} s"
        return replace(self._found, unread=dict.fromkeys((HISTORY, BASELINE, WORKERS, ROLLOUT), why))

    def _begin(self) -> None:
        with self._noting(HISTORY):
            self._since = self.source.now
        self._find_rollout()

    def _find_rollout(self) -> None:
        if self.target and self._before is None:
            with self._noting(ROLLOUT):
                self._before = moments.began(self.source.objects("live"), self.target)

    def _histories(self, elapsed_s: float) -> Measures:
        """What the histories tell when so many seconds have passed."""
        measures = Measures(rollout=self._rollout)
        elapsed = timedelta(seconds=elapsed_s)
        with self._noting(HISTORY):
            self._since = self._since or self.source.now - elapsed
            with self._noting(BASELINE):
                stable = self._compared(self._since, self._since + elapsed)
                measures = replace(measures, baseline=stable)
            slowest = slowest_ms(measures.baseline, self.limits)
            overdue_ms = _NEVER_MS if slowest is None else round(slowest)
            found = self._sample(self.source, self._since, self._since + elapsed, overdue_ms)
            measures = replace(measures, target=found)
        self._found = replace(measures, unread=dict(self._unread))
        return self._found

    def _whole(self, measures: Measures) -> Measures:
        """The *measures* of the histories, with those that are of this moment."""
        with self._noting(WORKERS):
            measures = replace(measures, workers=self.source.workers)
        if self.target:
            with self._noting(ROLLOUT):
                measures = replace(measures, unready=self._unready(self.target))
        return replace(measures, unread=dict(self._unread))

    def _compared(self, since: datetime, until: datetime) -> Sample:
        if self.baseline:
            return self._sample(self.baseline, since, until)
        if self.target and self._before is None:
            raise SourceError(
                f"Expected to know since when {self._rollout} stands, found nothing that tells it.",
                remedy="compare with another cluster: --baseline CLUSTER",
            )
        if self._stable is None:
            end = min(self._before or since, since)
            self._stable = self._sample(self.source, end - timedelta(seconds=self.limits.seconds), end)
        return self._stable

    def _sample(self, source: Live, since: datetime, until: datetime, overdue_ms: int = _NEVER_MS) -> Sample:
        counts = {"source": self.limits.source, "overdue_ms": overdue_ms}
        table = source.ask("release_gate", since=since, until=until, **counts)
        if why := table.attrs.get("unanswered"):
            raise SourceError(
                f"Expected a history of {source.name} that tells how its queries fare, found that {why}.",
                remedy="fill it by the event listener of Trino",
            )
        [row] = table.itertuples(index=False)
        *numbers, p95_ms = row
        return Sample(*map(int, numbers), None if math.isnan(p95_ms) else p95_ms)

    def _unready(self, target: Target) -> tuple[str, ...]:
        objects = self.source.objects("live")
        if why := moments.unread(objects, target):
            raise SourceError(
                f"Expected to read what belongs to {self._rollout}, found {why}.",
                remedy="kubectl auth can-i list deployments",
            )
        return rollouts.unready(objects, target)

    @property
    def _rollout(self) -> str:
        return moments.written(self.target) if self.target else ""

    @contextmanager
    def _noting(self, what: str) -> Iterator[None]:
        """Keep why *what* could not be read, and whether it is in vain to ask again."""
        self._unread.pop(what, None)
        try:
            yield
        except SourceError as error:
            self._unread[what] = f"{error.message[0].lower()}{error.message[1:].rstrip('.')}"
            self._in_vain |= what == HISTORY and refused(error)


def _watch(cluster: str, rollout: str, limits: Limits) -> Watch:
    """What is watched; raises ParameterError where clusters.yaml does not name all that is to be asked."""
    if limits.baseline == cluster:
        raise ParameterError(
            f"Expected another cluster than {cluster} as the baseline, found the same.",
            remedy="leave it out, and the window before is compared with",
        )
    source, target = _live(cluster), moments.target(rollout, cluster) if rollout else None
    check(source, target)
    return Watch(source, _live(limits.baseline) if limits.baseline else None, target, limits)


def _live(cluster: str) -> Live:
    source = connect(cluster)
    if not isinstance(source, Live):
        raise _unasked(cluster, "a recording, whose time stands still")
    return source


def check(source: Live, target: Target | None) -> None:
    """Raises ParameterError where clusters.yaml does not name what the gate of *target* asks of its cluster."""
    if source.cluster.trino is None:
        raise _unasked(source.name, "one without trino:")
    where = source.cluster.kubernetes
    if target and target.namespace not in (where.roles if where else ()):
        raise ParameterError(
            f"Expected the namespace {target.namespace} in the entry of {source.name}, found that it is not among "
            "them.",
            remedy="write it below kubernetes.namespaces in parameters/clusters.yaml",
        )


def _unasked(cluster: str, found: str) -> ParameterError:
    return ParameterError(
        f"Expected {cluster} to be a cluster whose Trino can be asked now, found {found}.",
        remedy="name another entry of parameters/clusters.yaml",
    )


def _within(seconds: float, measured: Callable[[], Measures]) -> Measures | None:
    """What is *measured* within so many seconds; None where that takes longer, or ends in another way."""
    found: list[Measures] = []
    # Nobody waits for a daemon: a Trino that queues for ever what it is asked must not keep the verdict back.
    thread = threading.Thread(target=lambda: found.append(measured()), daemon=True)
    thread.start()
    thread.join(seconds)
    return found[0] if found else None
