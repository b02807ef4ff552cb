"""Which jobs and rules of git and of a Prometheus belong together, and what of them differs?"""

from collections.abc import Iterator

from trinokit.drift.categories.prometheus.config_model import PrometheusConfig, PrometheusJob, PrometheusRule
from trinokit.drift.categories.prometheus.promql import canonical_promql
from trinokit.drift.categories.prometheus.setting_differences import differing_settings, is_same_but_secrets

# By the path of a setting: as git declares it, and as it is loaded; None on a side that does not have it.
SettingPairs = dict[str, tuple[str | None, str | None]]


def job_pairs(
    ours: PrometheusConfig, theirs: PrometheusConfig
) -> Iterator[tuple[PrometheusJob | None, PrometheusJob | None]]:
    """The jobs of both sides by their names; what is only loaded is left out where git could not be read."""
    our_jobs, their_jobs = ({job.name: job for job in side.jobs} for side in (ours, theirs))
    for name in sorted(our_jobs.keys() | (set() if ours.problems else their_jobs.keys())):
        yield our_jobs.get(name), their_jobs.get(name)


def rule_pairs(
    ours: PrometheusConfig, theirs: PrometheusConfig
) -> Iterator[tuple[PrometheusRule | None, PrometheusRule | None]]:
    """The rules of both sides by group, kind and name; what is only loaded is left out where git could not be read."""
    our_rules, their_rules = _rules_by_name(ours.rules), _rules_by_name(theirs.rules)
    for key in sorted(our_rules.keys() | their_rules.keys()):
        pairs = _pair_rules(our_rules.get(key, []), their_rules.get(key, []))
        yield from (pair for pair in pairs if pair[0] or not ours.problems)


def _rules_by_name(rules: tuple[PrometheusRule, ...]) -> dict[tuple[str, str, str], list[PrometheusRule]]:
    rules_by_key: dict[tuple[str, str, str], list[PrometheusRule]] = {}
    for rule in rules:
        rules_by_key.setdefault((rule.group, rule.kind, rule.name), []).append(rule)
    return rules_by_key


def _pair_rules(
    our_rules: list[PrometheusRule], their_rules: list[PrometheusRule]
) -> list[tuple[PrometheusRule | None, PrometheusRule | None]]:
    """The rules of one name on both sides, those together that are most alike."""
    pairs = []
    for alike in (_is_equal_rule, _has_equal_labels, _has_equal_expression, lambda *_: True):
        for rule in [*our_rules]:
            other = next((each for each in their_rules if alike(rule, each)), None)
            if other is not None:
                our_rules.remove(rule)
                their_rules.remove(other)
                pairs.append((rule, other))
    return [*pairs, *((rule, None) for rule in our_rules), *((None, rule) for rule in their_rules)]


def _is_equal_rule(ours: PrometheusRule, theirs: PrometheusRule) -> bool:
    return not differing_parts(ours, theirs)


def _has_equal_labels(ours: PrometheusRule, theirs: PrometheusRule) -> bool:
    return not any(path.startswith("labels.") for path in differing_settings(ours.settings, theirs.settings))


def _has_equal_expression(ours: PrometheusRule, theirs: PrometheusRule) -> bool:
    return is_same_but_secrets(ours.expression, theirs.expression) or canonical_promql(
        ours.expression
    ) == canonical_promql(theirs.expression)


def differing_parts(ours: PrometheusJob | PrometheusRule, theirs: PrometheusJob | PrometheusRule) -> SettingPairs:
    """What of a job or of a rule differs, by its path."""
    if isinstance(ours, PrometheusJob):
        return differing_settings(ours.settings, theirs.settings, whole=ours.whole)
    differing = {} if _has_equal_expression(ours, theirs) else {"expr": (ours.expression, theirs.expression)}
    return differing | differing_settings(ours.settings, theirs.settings)


def differing_other_settings(ours: PrometheusConfig, theirs: PrometheusConfig) -> SettingPairs:
    """What differs beside jobs and rules, by its path; nothing where git could not be read."""
    if ours.problems:
        return {}
    # A group that only one side has is told by its rules, and one that has several files is not told apart.
    unlike = differing_settings(ours.settings, theirs.settings, whole=ours.whole)
    return {path: pair for path, pair in unlike.items() if not path.startswith("groups[") or None not in pair}
