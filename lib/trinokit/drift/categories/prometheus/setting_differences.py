"""Which settings of a Prometheus differ? Compared as it understands them, not as they are written."""

import re
from collections.abc import Iterator, Mapping, Sequence

_UNIT_SECONDS = {"y": 31_536_000, "w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1, "ms": 0.001}
_DURATION = re.compile("".join(rf"(?:(?P<{unit}>\d+(?:\.\d+)?){unit})?" for unit in _UNIT_SECONDS))
_DURATION_KEY = re.compile(r"(?:interval|timeout|offset|for|delay|age|deadline|backoff)$")
# Prometheus writes out what it takes where nothing is said; whatever is not listed is off, none or empty then.
# https://prometheus.io/docs/prometheus/latest/configuration/configuration/
_DEFAULT_VALUES = {
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
_EMPTY_VALUES = {"", "false", "0", "0s", "0B", "null", "~"}
_UNORDERED_KEYS = ("targets", "names", "files")
_FREE_FORM_PATH = re.compile(r"(?:^|\.)(?:labels|external_labels|annotations|params)\.")
_LITERAL_KEYS = {"regex", "replacement", "separator", "target_label", "source_labels"}
_TRUE_WORDS, _FALSE_WORDS = {"true", "yes", "on", "y"}, {"false", "no", "off", "n"}
_SECRET_PLACEHOLDER = re.compile(r"hmac-sha256(?:-text)?:[0-9a-f]{64}|<secret>")
_USER_IN_URL = re.compile(r"(?<=://)[^/@\s]*@")


def duration_seconds(time: str) -> float | None:
    """How many seconds a *time* such as 1m30s lasts; None for what is no time.

    >>> duration_seconds("1m30s"), duration_seconds("90")
    (90.0, None)
    """
    match = _DURATION.fullmatch(time)
    if time == "0":
        return 0
    if not time or not match:
        return None
    return sum(float(match[unit]) * _UNIT_SECONDS[unit] for unit in _UNIT_SECONDS if match[unit])


def flatten_settings(value: object, path: str = "") -> dict[str, str]:
    """Every setting below *value* by its path, as text; a list of texts is one.

    >>> flatten_settings({"scrape": {"timeout": "10s", "codes": ["200", "204"]}})
    {'scrape.timeout': '10s', 'scrape.codes': '200, 204'}
    """
    return dict(_flatten_value(value, path))


def differing_settings(
    declared: Mapping[str, str], loaded: Mapping[str, str], *, whole: bool = True
) -> dict[str, tuple[str | None, str | None]]:
    """What is declared and what is loaded, by the path of each setting that differs; None where it is not said.

    Unless *declared* is the *whole*, only what it says is compared.
    """
    paths = dict.fromkeys([*declared, *(loaded if whole else ())])
    both = {path: (declared.get(path), loaded.get(path)) for path in paths}
    return {path: pair for path, pair in both.items() if not _is_same_setting(path, *pair)}


def is_same_but_secrets(declared: str, loaded: str) -> bool:
    """Whether the texts are the same, as far as they are not secrets, which both sides hide."""
    if declared == loaded:
        return True
    if not _SECRET_PLACEHOLDER.search(declared + loaded):
        return False
    literal_parts = [re.escape(part) for part in _SECRET_PLACEHOLDER.split(declared)]
    return bool(re.fullmatch(".+".join(literal_parts), loaded, re.DOTALL)) or loaded == "<secret>"


def mapping_or_empty(value: object) -> Mapping[str, object]:
    """The *value* if it is a mapping, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def mappings_in_list(values: object) -> list[Mapping[str, object]]:
    """The mappings among *values*, if that is a list."""
    return [each for each in values if isinstance(each, Mapping)] if isinstance(values, list | tuple) else []


def _flatten_value(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _flatten_value(each, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        yield from _flatten_list(value, path)
    elif value is not None:
        yield path, _scalar_text(value)


def _flatten_list(values: Sequence[object], path: str) -> Iterator[tuple[str, str]]:
    if any(isinstance(each, Mapping | list) for each in values):
        for index, each in enumerate(values):
            yield from _flatten_value(each, f"{path}[{index}]")
    elif values:
        texts = [_scalar_text(each) for each in values]
        yield path, ", ".join(sorted(texts) if _last_key(path) in _UNORDERED_KEYS else texts)


def _scalar_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _last_key(path: str) -> str:
    return re.sub(r"\[\d+\]$", "", path).rpartition(".")[2]


def _is_same_setting(path: str, declared: str | None, loaded: str | None) -> bool:
    key = _last_key(path)
    if declared is None or loaded is None:
        only_value = loaded if declared is None else declared
        return not _FREE_FORM_PATH.search(path) and _is_default_value(key, only_value)
    if is_same_but_secrets(declared, loaded):
        return True
    if _FREE_FORM_PATH.search(path) or key in _LITERAL_KEYS:
        return False
    return _parse_setting(key, declared) == _parse_setting(key, loaded)


def _is_default_value(key: str, value: str) -> bool:
    unsaid, small = _DEFAULT_VALUES.get(key, _EMPTY_VALUES), value.lower()
    return (
        value in unsaid or ("true" in unsaid and small in _TRUE_WORDS) or ("false" in unsaid and small in _FALSE_WORDS)
    )


def _parse_setting(key: str, text: str) -> object:
    """What Prometheus takes *text* for, where several texts mean the same."""
    time = duration_seconds(text) if _DURATION_KEY.search(key) else None
    if time is not None:
        return time
    small = text.lower()
    if small in _TRUE_WORDS | _FALSE_WORDS:
        return small in _TRUE_WORDS
    return small if key == "action" else _USER_IN_URL.sub("", text)
