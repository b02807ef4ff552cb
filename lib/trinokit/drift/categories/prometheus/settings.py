"""Which settings of a Prometheus differ? Compared as it understands them, not as they are written."""

import re
from collections.abc import Iterator, Mapping, Sequence

_PARTS = {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1, "ms": 0.001}
_TIME = re.compile("".join(rf"(?:(?P<{unit}>\d+(?:\.\d+)?){unit})?" for unit in _PARTS))
_TIMED = re.compile(r"(?:interval|timeout|offset|for|delay|age|deadline|backoff)$")
# Prometheus writes out what it takes where nothing is said; whatever is not listed is off, none or empty then.
# https://prometheus.io/docs/prometheus/latest/configuration/configuration/
_UNSAID = {
    **dict.fromkeys(("honor_timestamps", "follow_redirects", "enable_http2", "enable_compression"), {"true"}),
    "separator": {";"},
    "regex": {"(.*)"},
    "replacement": {"$1"},
    "action": {"replace"},
    "scheme": {"http"},
    "metrics_path": {"/metrics"},
    "type": {"Bearer", "SRV"},
    "refresh_interval": {"30s", "1m", "5m"},
    "timeout": {"10s"},
    "api_version": {"v1", "v2"},
    "metric_name_validation_scheme": {"utf8"},
    "metric_name_escaping_scheme": {"allow-utf-8", "underscores"},
    "scrape_protocols": {
        "OpenMetricsText1.0.0, OpenMetricsText0.0.1, PrometheusText0.0.4",
        "OpenMetricsText1.0.0, OpenMetricsText0.0.1, PrometheusText1.0.0, PrometheusText0.0.4",
    },
}
_NOTHING = {"", "false", "0", "0s", "0B", "null", "~"}
_SETS = ("targets", "names", "files")
_FREE = re.compile(r"(?:^|\.)(?:labels|external_labels|annotations|params)\.")
_LITERAL = {"regex", "replacement", "separator", "target_label", "source_labels"}
_YES, _NO = {"true", "yes", "on", "y"}, {"false", "no", "off", "n"}
_HIDDEN = re.compile(r"hmac-sha256(?:-text)?:[0-9a-f]{64}|<secret>")
_USER = re.compile(r"(?<=://)[^/@\s]*@")


def seconds(time: str) -> float | None:
    """How many seconds a *time* such as 1m30s lasts; None for what is no time."""
    found = _TIME.fullmatch(time)
    if time == "0":
        return 0
    if not time or not found:
        return None
    return sum(float(found[unit]) * _PARTS[unit] for unit in _PARTS if found[unit])


def leaves(value: object, path: str = "") -> dict[str, str]:
    """Every setting below *value* by its path, as text; a list of texts is one."""
    return dict(_leaves(value, path))


def differing(
    declared: Mapping[str, str], loaded: Mapping[str, str], *, whole: bool = True
) -> dict[str, tuple[str | None, str | None]]:
    """What is declared and what is loaded, by the path of each setting that differs; None where it is not said.

    Unless *declared* is the *whole*, only what it says is compared.
    """
    paths = dict.fromkeys([*declared, *(loaded if whole else ())])
    both = {path: (declared.get(path), loaded.get(path)) for path in paths}
    return {path: pair for path, pair in both.items() if not _same(path, *pair)}


def told_alike(declared: str, loaded: str) -> bool:
    """Whether the texts are the same, as far as they are not secrets, which both sides hide."""
    if declared == loaded:
        return True
    if not _HIDDEN.search(declared + loaded):
        return False
    shown = [re.escape(part) for part in _HIDDEN.split(declared)]
    return bool(re.fullmatch(".+".join(shown), loaded, re.DOTALL)) or loaded == "<secret>"


def mapping(value: object) -> Mapping[str, object]:
    """The *value* if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def mappings(values: object) -> list[Mapping[str, object]]:
    """The mappings among *values*, if that is a list."""
    return [each for each in values if isinstance(each, Mapping)] if isinstance(values, list | tuple) else []


def _leaves(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _leaves(each, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        yield from _of_list(value, path)
    elif value is not None:
        yield path, _text(value)


def _of_list(values: Sequence[object], path: str) -> Iterator[tuple[str, str]]:
    if any(isinstance(each, Mapping | list) for each in values):
        for index, each in enumerate(values):
            yield from _leaves(each, f"{path}[{index}]")
    elif values:
        texts = [_text(each) for each in values]
        yield path, ", ".join(sorted(texts) if _key(path) in _SETS else texts)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _key(path: str) -> str:
    return re.sub(r"\[\d+\]$", "", path).rpartition(".")[2]


def _same(path: str, declared: str | None, loaded: str | None) -> bool:
    key = _key(path)
    if declared is None or loaded is None:
        said = loaded if declared is None else declared
        return not _FREE.search(path) and _goes_without_saying(key, said)
    if told_alike(declared, loaded):
        return True
    if _FREE.search(path) or key in _LITERAL:
        return False
    return _understood(key, declared) == _understood(key, loaded)


def _goes_without_saying(key: str, said: str) -> bool:
    unsaid, small = _UNSAID.get(key, _NOTHING), said.lower()
    return said in unsaid or ("true" in unsaid and small in _YES) or ("false" in unsaid and small in _NO)


def _understood(key: str, text: str) -> object:
    """What Prometheus takes *text* for, where several texts mean the same."""
    time = seconds(text) if _TIMED.search(key) else None
    if time is not None:
        return time
    small = text.lower()
    if small in _YES | _NO:
        return small in _YES
    return small if key == "action" else _USER.sub("", text)
