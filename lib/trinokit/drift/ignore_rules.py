"""Which differences are accepted, by whom it was decided and until when? A YAML file of rules says."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import msgspec

from trinokit import typed_yaml
from trinokit.drift.differences import IGNORED, Difference
from trinokit.findings import OK, WARNING, Finding, format_count


class IgnoreRule(msgspec.Struct, forbid_unknown_fields=True, frozen=True, dict=True):
    """One accepted kind of difference: those of *object* at *path* that *manager* wrote, until the day *expires*.

    The three are patterns, in which ``*`` stands for any text; one that is left out matches everything.
    """

    reason: str
    expires: date
    object: str = ""
    path: str = ""
    manager: str = ""

    def __post_init__(self) -> None:
        """Refuse a rule that says nothing, or not why."""
        if not (self.object or self.path or self.manager):
            raise ValueError("expected object, path or manager in a rule")
        if not self.reason.strip():
            raise ValueError("expected a reason")

    @property
    def said(self) -> str:
        """The rule in one line."""
        parts = {"object": self.object, "path": self.path, "manager": self.manager}
        return ", ".join(f"{name} {pattern}" for name, pattern in parts.items() if pattern)

    @cached_property
    def _patterns(self) -> tuple[re.Pattern, ...]:
        return tuple(map(_compile_pattern, (self.object, self.path, self.manager)))

    def matches(self, difference: Difference) -> bool:
        """Whether it accepts *difference*; of several managers of a field, each has to be accepted."""
        of_object, of_path, of_manager = self._patterns
        if not of_object.fullmatch(str(difference.object)) or not of_path.fullmatch(difference.where):
            return False
        managers = [author.manager for author in difference.authors]
        return not self.manager or (bool(managers) and all(map(of_manager.fullmatch, managers)))


class _IgnoreFile(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    rules: list[IgnoreRule]


@dataclass(frozen=True)
class AppliedIgnoreRules:
    """The *differences*, of which some are judged ignored now, and how often each rule matched."""

    differences: tuple[Difference, ...]
    matches: tuple[tuple[IgnoreRule, int], ...]


def parse_ignore_rules(text: str, name: str) -> tuple[IgnoreRule, ...]:
    """The rules of the file *name* with this *text*, of which an empty one has none.

    Raises ParameterError that names the line that is wrong.
    """
    return tuple(typed_yaml.load_yaml_as(text, name, _IgnoreFile).rules) if text.strip() else ()


def apply_ignore_rules(
    differences: Iterable[Difference], rules: tuple[IgnoreRule, ...], *, on: date
) -> AppliedIgnoreRules:
    """*differences* with the drift that a rule accepts judged ignored; a rule holds through the day it expires."""
    valid = [rule for rule in rules if rule.expires >= on]
    counts = dict.fromkeys(map(id, rules), 0)
    marked_differences = []
    for difference in differences:
        matching_rules = [rule for rule in valid if rule.matches(difference)] if difference.is_drift else []
        for rule in matching_rules:
            counts[id(rule)] += 1
        if matching_rules:
            reason = f"{matching_rules[0].reason} (until {matching_rules[0].expires})"
            difference = msgspec.structs.replace(difference, judged=IGNORED, reason=reason)
        marked_differences.append(difference)
    return AppliedIgnoreRules(tuple(marked_differences), tuple((rule, counts[id(rule)]) for rule in rules))


def ignore_rule_findings(matches: tuple[tuple[IgnoreRule, int], ...], *, on: date) -> list[Finding]:
    """Rules that have expired, and rules that accepted nothing and are to be removed before they hide something."""
    findings = []
    for rule, count in matches:
        if rule.expires < on:
            sentence = f"expired on {rule.expires} and is not applied ({rule.reason}): renew it, or mend the cause"
            findings.append(Finding(WARNING, f"ignore rule {rule.said}", sentence))
        elif count == 0:
            sentence = f"matched nothing ({rule.reason}): remove it, or correct its pattern"
            findings.append(Finding(WARNING, f"ignore rule {rule.said}", sentence))
    accepted = format_count(sum(count for _, count in matches), "difference")
    number = format_count(len(matches), "rule")
    return findings or [Finding(OK, "ignore rules", f"{number}, each valid and in use, accept {accepted}")]


def _compile_pattern(pattern: str) -> re.Pattern:
    return re.compile(".*".join(map(re.escape, (pattern or "*").split("*"))), re.DOTALL)
