"""What is an audit asked to look at, and what does it judge by?"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from trinokit.drift.categories.category import CategorySettings
from trinokit.drift.categories.checks.image_scan_reports import parse_scan_reports
from trinokit.drift.categories.checks.node_requirements import parse_node_policy
from trinokit.drift.ignore_rules import IgnoreRule, parse_ignore_rules
from trinokit.observations import TextFile


@dataclass(frozen=True)
class DriftRequest:
    """What to look at and to judge by; what is left out is not narrowed, not judged, or not known.

    *categories* and *namespaces* are names; of none, all are looked at. *audit_log* is a path as `source.audit_log`
    takes it. *ignore*, *node_policy* and *image_scan* are files, as `sources.read_text_file` reads them: rules that
    accept differences, what nodes have to be like, and reports of Trivy or Grype. Vulnerabilities are told from the
    severity *vulnerability* on, which is low, medium, high or critical, and Secrets that are older than
    *secret_age_days*. Raises ParameterError that names the line of a file that is wrong.

    >>> DriftRequest(categories=["security"], secret_age_days=30).settings.secret_age_days
    30
    """

    categories: Sequence[str] = ()
    namespaces: Sequence[str] = ()
    audit_log: str = ""
    ignore: TextFile = TextFile()
    node_policy: TextFile = TextFile()
    image_scan: TextFile = TextFile()
    vulnerability: str = "critical"
    secret_age_days: int = 90

    def __post_init__(self) -> None:
        """Refuse a file that is wrong before anything is asked of a cluster."""
        _ = self.ignore_rules, self.settings

    @cached_property
    def ignore_rules(self) -> tuple[IgnoreRule, ...]:
        """The rules of the file *ignore*."""
        return parse_ignore_rules(self.ignore.text, self.ignore.name)

    @cached_property
    def settings(self) -> CategorySettings:
        """What the categories judge by."""
        return CategorySettings(
            node_policy=parse_node_policy(self.node_policy.text, self.node_policy.name),
            image_scans=tuple(parse_scan_reports(self.image_scan.text, self.image_scan.name)),
            vulnerability=self.vulnerability,
            secret_age_days=self.secret_age_days,
        )
