"""How is the gate of a cluster kept from a command line? Options in, a line a measure and the verdict out."""

import sys

import click

from trinokit import metric_gate_limits
from trinokit.metric_gate_limits import GateLimits
from trinokit.plan import PAUSED_EXIT_CODE

_EXIT_CODES = {"pass": 0, "fail": 1, "inconclusive": PAUSED_EXIT_CODE}
_EPILOG = """\b
Exit codes: 0 pass, 1 fail, 2 bad parameters, 75 inconclusive, after which the
gate may be kept once more."""


@click.command(epilog=_EPILOG)
@click.argument("cluster")
@click.option(
    "--for", "seconds", type=int, default=GateLimits.seconds, show_default=True, help="Length of the window, s."
)
@click.option("--minimum", type=int, default=GateLimits.minimum, show_default=True, help="Least completed queries.")
@click.option(
    "--failed-percent", type=float, default=GateLimits.failed_percent, show_default=True, help="Most that may fail."
)
@click.option(
    "--p95-ratio",
    type=float,
    default=GateLimits.p95_ratio,
    show_default=True,
    help="Most that the 95th percentile of elapsed time may be, as a multiple of that of the baseline.",
)
@click.option("--workers", type=int, default=GateLimits.workers, show_default=True, help="Least active workers.")
@click.option(
    "--baseline",
    default="",
    metavar="CLUSTER",
    help="Compare with the same window of this cluster.  [default: the window before the rollout began]",
)
@click.option("--source", default="", metavar="NAME", help="Count only the queries of the client with this source.")
@click.option("--rollout", default="", help="helm:NAMESPACE/RELEASE or deployment:NAMESPACE/NAME, to be rolled out.")
def gate(cluster: str, rollout: str, **limits: object) -> None:
    """Keep the gate of CLUSTER: watch it for a while and say whether it keeps its limits.

    It fails as soon as queries fail or are slow beyond their limit, and at the end where workers are missing or
    something has not rolled out. Too few queries, and whatever could not be read, are inconclusive: no data never
    passes. Workers are the active nodes beside the coordinator. Failed queries are all that failed, also those whose
    user is to blame; those of trinokit itself do not count.
    """
    chosen = metric_gate_limits.validate_limits(GateLimits(**limits))
    # Loading what asks a cluster and judges it takes a second, and a mistake should not have to wait for it.
    from trinokit.gate_watch import watching
    from trinokit.release.gate import gate_verdict, measure_verdicts

    measures = watching.watch_cluster(cluster, rollout, chosen)
    for each in measure_verdicts(measures, chosen):
        click.echo(f"{each.name:<14} {each.value:<12} {each.sentence}")
    verdict = gate_verdict(measures, chosen)
    click.echo(verdict)
    sys.stdout.flush()
    sys.exit(_EXIT_CODES[verdict.value])
