"""Does Prometheus do what git tells it? Scrape jobs, rules and settings against what it has loaded."""

from collections.abc import Iterator

import pandas as pd

from trinokit.architecture.wording import table
from trinokit.drift.categories.prometheus import told
from trinokit.drift.categories.prometheus.declared import declared as told_by_git
from trinokit.drift.categories.prometheus.promql import meaning
from trinokit.drift.categories.prometheus.settings import differing, seconds, told_alike
from trinokit.drift.categories.prometheus.told import Job, Rule, Told
from trinokit.evidence import Loaded
from trinokit.findings import CRITICAL, OK, WARNING, Finding, Severity, counted
from trinokit.objects import Objects

_Unlike = dict[str, tuple[str | None, str | None]]
_SIDES = ("declared", "loaded")
_JOB = {"interval_s": "scrape_interval", "timeout_s": "scrape_timeout", "path": "metrics_path", "scheme": "scheme"}
_SCRAPES = {"job": "str"} | {
    f"{side}_{name}": "Float64" if name.endswith("_s") else "str" for name in _JOB for side in _SIDES
}
_SCRAPES |= {"declared_targets": "Int64", "loaded_targets": "Int64", "differs": "str"}
_RULE = ("expression", "for_s", "labels", "annotations")
_RULES = {"group": "str", "kind": "str", "rule": "str"} | {
    f"{side}_{name}": "Float64" if name == "for_s" else "str" for name in _RULE for side in _SIDES
}
_RULES |= {"health": "str", "last_error": "str", "differs": "str"}
_SETTINGS = dict.fromkeys(("setting", "declared", "loaded"), "str")
_LACKS = "apply it if the cluster lacks it too, else reload Prometheus, or see in its log why it refused"
_ANEW = "apply it if the cluster's object differs too, else reload Prometheus"
_LONGEST = 120


def scrapes(declared: Objects, loaded: Loaded) -> pd.DataFrame:
    """Each scrape job, as git declares it and as it is loaded, with the settings that differ."""
    rows = []
    for ours, theirs in _jobs(*_both(declared, loaded)):
        facts = [fact for name in _JOB for fact in (_fact(name, ours), _fact(name, theirs))]
        counts = (_targets(ours), _targets(theirs))
        rows.append(((ours or theirs).name, *facts, *counts, _state(ours, theirs)))
    return table(_SCRAPES, rows)


def rules(declared: Objects, loaded: Loaded) -> pd.DataFrame:
    """Each alert and record, as git declares it and as it is loaded, how it fares, and what of it differs."""
    rows = []
    for ours, theirs in _rules(*_both(declared, loaded)):
        known, fares = ours or theirs, (theirs.health, theirs.error) if theirs else ("", "")
        facts = [fact for name in _RULE for fact in (_said(name, ours), _said(name, theirs))]
        rows.append((known.group, known.kind, known.name, *facts, *fares, _state(ours, theirs)))
    return table(_RULES, rows)


def settings(declared: Objects, loaded: Loaded) -> pd.DataFrame:
    """What else differs: labels for the outside, alert managers, remote stores, and how often a group is evaluated."""
    ours, theirs = _both(declared, loaded)
    return table(_SETTINGS, [(path, *pair) for path, pair in _unlike_settings(ours, theirs).items()])


def differences(declared: Objects, loaded: Loaded) -> list[Finding]:
    """Where git and what Prometheus has loaded disagree; what the objects of the cluster say is another question."""
    if loaded.problem:
        return [Finding(CRITICAL, "Prometheus", f"could not be looked at: {loaded.problem}")]
    ours, theirs = _both(declared, loaded)
    findings = [Finding(CRITICAL, subject, sentence) for subject, sentence in ours.problems]
    if not (ours.jobs or ours.rules):
        unknown = "could not be compared: git declares no scrape job and no rule that it could have loaded"
        return findings or [Finding(CRITICAL, "Prometheus", unknown)]
    pairs = [*_jobs(ours, theirs), *_rules(ours, theirs)]
    findings += [found for pair in pairs for found in _judged(*pair)]
    findings += _of_settings(_unlike_settings(ours, theirs))
    both = f"{counted(len(theirs.jobs), 'scrape job')} and {counted(len(theirs.rules), 'rule')}"
    return findings or [Finding(OK, "Prometheus", f"has loaded what git declares: {both}")]


def _both(declared: Objects, loaded: Loaded) -> tuple[Told, Told]:
    theirs = told.loaded(loaded)
    return told_by_git(declared, {job.name for job in theirs.jobs}), theirs


def _jobs(ours: Told, theirs: Told) -> Iterator[tuple[Job | None, Job | None]]:
    """The jobs of both sides by their names; what is only loaded is left out where git could not be read."""
    left, right = ({job.name: job for job in side.jobs} for side in (ours, theirs))
    for name in sorted(left.keys() | (set() if ours.problems else right.keys())):
        yield left.get(name), right.get(name)


def _rules(ours: Told, theirs: Told) -> Iterator[tuple[Rule | None, Rule | None]]:
    """The rules of both sides by group, kind and name; what is only loaded is left out where git could not be read."""
    left, right = _by_place(ours.rules), _by_place(theirs.rules)
    for place in sorted(left.keys() | right.keys()):
        pairs = _paired(left.get(place, []), right.get(place, []))
        yield from (pair for pair in pairs if pair[0] or not ours.problems)


def _by_place(rules: tuple[Rule, ...]) -> dict[tuple[str, str, str], list[Rule]]:
    places: dict[tuple[str, str, str], list[Rule]] = {}
    for rule in rules:
        places.setdefault((rule.group, rule.kind, rule.name), []).append(rule)
    return places


def _paired(left: list[Rule], right: list[Rule]) -> list[tuple[Rule | None, Rule | None]]:
    """The rules of one name on both sides, those together that are most alike."""
    pairs = []
    for alike in (_equal, _equally_labelled, _equally_asking, lambda *_: True):
        for rule in [*left]:
            other = next((each for each in right if alike(rule, each)), None)
            if other is not None:
                left.remove(rule)
                right.remove(other)
                pairs.append((rule, other))
    return [*pairs, *((rule, None) for rule in left), *((None, rule) for rule in right)]


def _equal(ours: Rule, theirs: Rule) -> bool:
    return not _unlike(ours, theirs)


def _equally_labelled(ours: Rule, theirs: Rule) -> bool:
    return not any(path.startswith("labels.") for path in differing(ours.settings, theirs.settings))


def _equally_asking(ours: Rule, theirs: Rule) -> bool:
    return told_alike(ours.expression, theirs.expression) or meaning(ours.expression) == meaning(theirs.expression)


def _unlike(ours: Job | Rule, theirs: Job | Rule) -> _Unlike:
    """What of a job or of a rule differs, by its path."""
    if isinstance(ours, Job):
        return differing(ours.settings, theirs.settings, whole=ours.whole)
    asked = {} if _equally_asking(ours, theirs) else {"expr": (ours.expression, theirs.expression)}
    return asked | differing(ours.settings, theirs.settings)


def _unlike_settings(ours: Told, theirs: Told) -> _Unlike:
    if ours.problems:
        return {}
    # A group that only one side has is told by its rules, and one that has several files is not told apart.
    unlike = differing(ours.settings, theirs.settings, whole=ours.whole)
    return {path: pair for path, pair in unlike.items() if not path.startswith("groups[") or None not in pair}


def _state(ours: Job | Rule | None, theirs: Job | Rule | None) -> str:
    if ours is None or theirs is None:
        return "not declared" if ours is None else "not loaded"
    return ", ".join(_unlike(ours, theirs))


def _fact(name: str, job: Job | None) -> object:
    said = job.settings.get(_JOB[name]) if job else None
    return seconds(said) if said and name.endswith("_s") else said


def _targets(job: Job | None) -> int | None:
    if job is None or not job.whole:
        return None
    return sum(each.count(",") + 1 for path, each in job.settings.items() if path.endswith("].targets"))


def _said(name: str, rule: Rule | None) -> object:
    if rule is None:
        return None
    if name == "expression":
        return rule.expression
    if name == "for_s":
        return seconds(rule.settings.get("for", "0s")) if rule.kind == "alert" else None
    below = {path.removeprefix(f"{name}."): said for path, said in rule.settings.items() if path.startswith(f"{name}.")}
    return ", ".join(f"{key}={below[key]}" for key in sorted(below))


def _judged(ours: Job | Rule | None, theirs: Job | Rule | None) -> Iterator[Finding]:
    known = ours or theirs
    subject, place = _named(known)
    if theirs is None:
        details = {"path": place, "declared": _shown(known), "live": "–"}
        sentence = f"is declared in {known.written} and not loaded: {_LACKS}"
        yield Finding(_severity(ours, {"expr"}), subject, sentence, details)
    elif ours is None:
        details = {"path": place, "declared": "–", "live": _shown(known)}
        yield Finding(WARNING, subject, "is loaded, and git does not declare it: declare it, or take it out", details)
    elif unlike := _unlike(ours, theirs):
        sentence = f"{_told(unlike)} ({ours.written}): {_ANEW}"
        yield Finding(_severity(ours, unlike.keys()), subject, sentence, _details(place, unlike))
    if isinstance(theirs, Rule) and theirs.health == "err":
        yield Finding(CRITICAL, subject, f"cannot be evaluated: {theirs.error or 'Prometheus does not say why'}")


def _of_settings(unlike: _Unlike) -> Iterator[Finding]:
    for path, pair in unlike.items():
        yield Finding(WARNING, "Prometheus", f"{_told({path: pair})}: {_ANEW}", _details("", {path: pair}))


def _severity(ours: Job | Rule, unlike: set[str]) -> Severity:
    """CRITICAL where an alert that git calls critical is lost, asks something else or is no longer called so."""
    grave = isinstance(ours, Rule) and ours.kind == "alert" and ours.settings.get("labels.severity") == "critical"
    return CRITICAL if grave and {"expr", "labels.severity"} & unlike else WARNING


def _named(known: Job | Rule) -> tuple[str, str]:
    if isinstance(known, Job):
        return f"scrape job {known.name}", f"scrape_configs[job_name={known.name}]"
    return f"{known.kind} {known.name} of group {known.group}", (
        f"groups[name={known.group}].rules[{known.kind}={known.name}]"
    )


def _shown(known: Job | Rule) -> str:
    return known.expression if isinstance(known, Rule) else known.settings.get("scrape_interval", "")


def _told(unlike: _Unlike) -> str:
    return "is loaded " + "; ".join(
        f"with {path} {_short(theirs)}, which git does not declare"
        if ours is None
        else f"without {path}, and git declares {_short(ours)}"
        if theirs is None
        else f"with {path} {_short(theirs)}, and git declares {_short(ours)}"
        for path, (ours, theirs) in unlike.items()
    )


def _short(said: str) -> str:
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"


def _details(place: str, unlike: _Unlike) -> dict[str, str]:
    """The parts for a program: one path with its two values, or several with theirs on a line each."""
    paths = [f"{place}.{path}".removeprefix(".") for path in unlike]
    sides = [["–" if said is None else said for said in side] for side in zip(*unlike.values(), strict=True)]
    return {"path": "\n".join(paths), "declared": "\n".join(sides[0]), "live": "\n".join(sides[1])}
