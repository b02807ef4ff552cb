"""What is measured of a cluster while its gate is kept? Its history again and again, the rest at the end."""

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from trinokit.errors import ParameterError, SourceError
from trinokit.metric_gate_limits import GateLimits
from trinokit.release import gate, gate_configuration_check, rollout_lookup, unfinished_rollouts
from trinokit.release.deploy_targets import DeployTarget
from trinokit.release.gate import GRACE_PERIOD_S
from trinokit.release.gate_measures import (
    FAILED_QUERIES,
    P95,
    ROLLOUT,
    WORKERS,
    GateMeasures,
    MeasureName,
    QuerySample,
    p95_limit_ms,
)
from trinokit.sources import connect
from trinokit.sources.live import Live
from trinokit.sources.trino.coordinator import is_permanent_error

_SAMPLE_COUNT, _MIN_PAUSE_S, _LATE_ROWS_S = 60, 2, 3
# Longer than any query runs.
_NEVER_MS = 10**15


def watch_cluster(cluster: str, rollout: str, limits: GateLimits) -> GateMeasures:
    """What is measured of *cluster* and of the *rollout* in it, as long as *limits* say and not much longer.

    Raises ParameterError where clusters.yaml does not name all that is to be asked.
    """
    watch = _gate_watch(cluster, rollout, limits)
    return _run_within(limits.seconds + GRACE_PERIOD_S, watch.measures) or watch.unanswered_measures


class GateWatch:
    """A *source*, and a *baseline* beside it, that are watched as *limits* say; and the rollout of a *target*."""

    def __init__(self, source: Live, baseline: Live | None, target: DeployTarget | None, limits: GateLimits) -> None:
        self.source, self.baseline, self.target, self.limits = source, baseline, target, limits
        self._unread: dict[MeasureName, str] = {}
        self._in_vain = False
        self._since: datetime | None = None
        self._before: datetime | None = None
        # What was in the window before does not change any more.
        self._stable: QuerySample | None = None
        self._found = GateMeasures(rollout=self._rollout_reference)

    def measures(self) -> GateMeasures:
        """What is measured once the window is over, or as soon as the queries in it have broken a limit."""
        started, seconds = time.monotonic(), self.limits.seconds
        self._note_start()
        while not self._in_vain and (seconds_left := started + seconds - time.monotonic()) > 0:
            time.sleep(min(seconds_left, max(_MIN_PAUSE_S, seconds / _SAMPLE_COUNT)))
            gate_measures = self._read_histories(time.monotonic() - started)
            if gate.gate_verdict(gate_measures, self.limits).value == "fail":
                return self._with_current_measures(gate_measures)
        # A query that ended within the window is in the history a moment later.
        time.sleep(_LATE_ROWS_S)
        self._find_rollout()
        return self._with_current_measures(self._read_histories(min(seconds, time.monotonic() - started)))

    @property
    def unanswered_measures(self) -> GateMeasures:
        """What was measured of the histories last, where answers did not come in time."""
        reason = f"no answer within {self.limits.seconds + GRACE_PERIOD_S} s"
        return replace(self._found, unread=dict.fromkeys((FAILED_QUERIES, P95, WORKERS, ROLLOUT), reason))

    def _note_start(self) -> None:
        with self._noting_unread(FAILED_QUERIES):
            self._since = self.source.queries.trino_time()
        self._find_rollout()

    def _find_rollout(self) -> None:
        if self.target and self._before is None:
            with self._noting_unread(ROLLOUT):
                self._before = rollout_lookup.deployed_since(self.source.objects.live(), self.target)

    def _read_histories(self, elapsed_s: float) -> GateMeasures:
        """What the histories tell when so many seconds have passed."""
        measures = GateMeasures(rollout=self._rollout_reference)
        elapsed = timedelta(seconds=elapsed_s)
        with self._noting_unread(FAILED_QUERIES):
            self._since = self._since or self.source.queries.trino_time() - elapsed
            with self._noting_unread(P95):
                stable = self._baseline_sample(self._since, self._since + elapsed)
                measures = replace(measures, baseline=stable)
            slowest = p95_limit_ms(measures.baseline, self.limits)
            overdue_ms = _NEVER_MS if slowest is None else round(slowest)
            sample = self._query_sample(self.source, self._since, self._since + elapsed, overdue_ms)
            measures = replace(measures, target=sample)
        self._found = replace(measures, unread=dict(self._unread))
        return self._found

    def _with_current_measures(self, measures: GateMeasures) -> GateMeasures:
        """The *measures* of the histories, with those that are of this moment."""
        with self._noting_unread(WORKERS):
            measures = replace(measures, workers=self.source.queries.active_worker_count())
        if self.target:
            with self._noting_unread(ROLLOUT):
                measures = replace(measures, unready=self._unready_workloads(self.target))
        return replace(measures, unread=dict(self._unread))

    def _baseline_sample(self, since: datetime, until: datetime) -> QuerySample:
        if self.baseline:
            return self._query_sample(self.baseline, since, until)
        if self.target and self._before is None:
            raise SourceError(
                f"Expected to know since when {self._rollout_reference} stands, found nothing that tells it.",
                remedy="compare with another cluster: --baseline CLUSTER",
            )
        if self._stable is None:
            end = min(self._before or since, since)
            self._stable = self._query_sample(self.source, end - timedelta(seconds=self.limits.seconds), end)
        return self._stable

    def _query_sample(self, source: Live, since: datetime, until: datetime, overdue_ms: int = _NEVER_MS) -> QuerySample:
        counts = {"source": self.limits.source, "overdue_ms": overdue_ms}
        table = source.ask("release_gate", since=since, until=until, **counts)
        if reason := table.attrs.get("unanswered"):
            raise SourceError(
                f"Expected a history of {source.name} that tells how its queries fare, found that {reason}.",
                remedy="fill it by the event listener of Trino",
            )
        [row] = table.itertuples(index=False)
        return QuerySample(
            completed=int(row.completed_count),
            failed=int(row.failed_count),
            user_errors=int(row.user_error_count),
            overdue=int(row.overdue_count),
            p95_ms=None if math.isnan(row.p95_elapsed_ms) else row.p95_elapsed_ms,
        )

    def _unready_workloads(self, target: DeployTarget) -> tuple[str, ...]:
        objects = self.source.objects.live()
        if reason := rollout_lookup.unread_reason(objects, target):
            raise SourceError(
                f"Expected to read what belongs to {self._rollout_reference}, found {reason}.",
                remedy="kubectl auth can-i list deployments",
            )
        return unfinished_rollouts.unready_workloads(objects, target)

    @property
    def _rollout_reference(self) -> str:
        return rollout_lookup.format_rollout_reference(self.target) if self.target else ""

    @contextmanager
    def _noting_unread(self, measure: MeasureName) -> Iterator[None]:
        """Keep why *measure* could not be read, and whether it is in vain to ask again."""
        self._unread.pop(measure, None)
        try:
            yield
        except SourceError as error:
            self._unread[measure] = f"{error.message[0].lower()}{error.message[1:].rstrip('.')}"
            self._in_vain |= measure == FAILED_QUERIES and is_permanent_error(error)


def _gate_watch(cluster: str, rollout: str, limits: GateLimits) -> GateWatch:
    """What is watched; raises ParameterError where clusters.yaml does not name all that is to be asked."""
    if limits.baseline == cluster:
        raise ParameterError(
            f"Expected another cluster than {cluster} as the baseline, found the same.",
            remedy="leave it out, and the window before is compared with",
        )
    source, target = (
        _connect_live(cluster),
        rollout_lookup.parse_rollout_reference(rollout, cluster) if rollout else None,
    )
    gate_configuration_check.validate_gate_cluster(source.name, source.cluster, target)
    return GateWatch(source, _connect_live(limits.baseline) if limits.baseline else None, target, limits)


def _connect_live(cluster: str) -> Live:
    source = connect(cluster)
    if not isinstance(source, Live):
        raise gate_configuration_check.not_live_error(cluster, "a recording, whose time stands still")
    return source


def _run_within(seconds: float, measured: Callable[[], GateMeasures]) -> GateMeasures | None:
    """What is *measured* within so many seconds; None where that takes longer, or ends in another way."""
    results: list[GateMeasures] = []
    # Nobody waits for a daemon: a Trino that queues for ever what it is asked must not keep the verdict back.
    thread = threading.Thread(target=lambda: results.append(measured()), daemon=True)
    thread.start()
    thread.join(seconds)
    return results[0] if results else None
