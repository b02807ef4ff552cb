"""What has a Prometheus loaded? Its configuration and its rules, asked patiently and never for ever."""

import logging
import time
from collections.abc import Mapping
from typing import Generic, TypeVar

import msgspec
import requests
import tenacity
import yaml

from trinokit.clusters_file import PrometheusAccess
from trinokit.errors import SourceError
from trinokit.log_formatter import remember_login
from trinokit.observations import PrometheusState
from trinokit.sources import http_sessions
from trinokit.sources.secrets.secret_detection import redact_text
from trinokit.sources.secrets.secret_reference_resolution import ReadSecret, resolve_secret

_log = logging.getLogger(__name__)
_TRANSIENT_STATUSES = {429, 500, 502, 503, 504}
_ATTEMPTS, _PATIENCE_S = 4, 90
_TIMEOUT = (10, 60)
# What a rule is, without what became of it: its alerts hold data, and its times change with each evaluation.
_KEPT_RULE_FIELDS = (
    "type",
    "name",
    "query",
    "duration",
    "keepFiringFor",
    "labels",
    "annotations",
    "health",
    "lastError",
)
_KEPT_GROUP_FIELDS = ("name", "file", "interval", "limit")


_Data = TypeVar("Data")


class _ApiEnvelope(msgspec.Struct, Generic[_Data]):
    data: _Data


class _ConfigData(msgspec.Struct):
    yaml: str


class _RuleGroups(msgspec.Struct):
    groups: list[dict]


class _BuildInfo(msgspec.Struct):
    version: str


class _TextOnlyLoader(yaml.CSafeLoader):
    """Takes every scalar for a text, so that a time stays as it is written."""

    yaml_implicit_resolvers = {}


def read_prometheus(access: PrometheusAccess, read_secret: ReadSecret) -> PrometheusState:
    """What the Prometheus at *access* has loaded, or why it could not be asked; secrets in it are redacted.

    *read_secret* gives a password that is kept in a Secret.
    """
    began, shown_url = time.monotonic(), http_sessions.url_without_credentials(access.url)
    try:
        with _prometheus_session(access, read_secret) as session:
            configuration = _get_data(session, access, "status/config", _ConfigData)
            groups = _get_data(session, access, "rules", _RuleGroups).groups
            version = _get_data(session, access, "status/buildinfo", _BuildInfo).version
        _log.info("Prometheus at %s: %d groups of rules in %.2f s", shown_url, len(groups), time.monotonic() - began)
        return PrometheusState(
            _parse_configuration(configuration.yaml, access), tuple(map(_rule_group, groups)), version
        )
    except SourceError as error:
        _log.warning("Prometheus at %s is not read: %s", shown_url, error.clause)
        return PrometheusState(problem=error.clause)


def dump_prometheus(loaded: PrometheusState) -> bytes:
    """What is *loaded* as JSON, as a recording keeps it."""
    return msgspec.json.format(msgspec.json.encode(loaded, order="deterministic"), indent=1) + b"\n"


def load_prometheus(text: bytes) -> PrometheusState:
    """What `dump_prometheus` kept in *text*."""
    try:
        return msgspec.json.decode(text, type=PrometheusState)
    except msgspec.DecodeError as error:
        raise SourceError(
            f"Expected what a Prometheus had loaded, found: {error}.", remedy="record the cluster again"
        ) from error


def _prometheus_session(access: PrometheusAccess, read_secret: ReadSecret) -> requests.Session:
    session = http_sessions.isolated_session(access.url, access.ca or True)
    session.headers.update({"Accept": "application/json", "User-Agent": "trinokit"})
    if access.password:
        session.auth = (access.user or "", resolve_secret(access.password, read_secret))
    user, password = session.auth or requests.utils.get_auth_from_url(access.url)
    if password:
        remember_login(user, password)
    return session


def _get_data(
    session: requests.Session, access: PrometheusAccess, subject: str, kind: type[msgspec.Struct]
) -> msgspec.Struct:
    url = f"{access.url.rstrip('/')}/api/v1/{subject}"
    shown_url = http_sessions.url_without_credentials(url)
    tries = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type((requests.ConnectionError, requests.Timeout))
        & tenacity.retry_if_not_exception_type(requests.exceptions.SSLError)
        | tenacity.retry_if_result(lambda answer: answer.status_code in _TRANSIENT_STATUSES),
        stop=tenacity.stop_after_attempt(_ATTEMPTS) | tenacity.stop_after_delay(_PATIENCE_S),
        wait=tenacity.wait_random_exponential(0.5, max=8),
        retry_error_callback=lambda state: state.outcome.result(),
        before_sleep=lambda state: _log.warning(
            "GET %s: tried again, for the %d. time", shown_url, state.attempt_number
        ),
    )
    try:
        # Whoever answers with another address is a page to log in, or not the one whom clusters.yaml names.
        answer = tries(session.get, url, timeout=_TIMEOUT, allow_redirects=False)
    except requests.RequestException as error:
        raise SourceError(
            f"Expected an answer from {shown_url}, found: {_request_failure(error)}.",
            remedy="check the address and the network, and the certificate authority if it says so",
        ) from error
    _log.debug("GET %s: %d in %.2f s", shown_url, answer.status_code, answer.elapsed.total_seconds())
    if answer.status_code != 200:
        found = f"{answer.status_code} {answer.reason}"
        raise SourceError(
            f"Expected an answer from {shown_url}, found {found}.", remedy=_status_remedy(answer.status_code)
        )
    try:
        return msgspec.json.decode(answer.content, type=_ApiEnvelope[kind]).data
    except msgspec.DecodeError as error:
        found = answer.headers.get("Content-Type", "no type at all")
        raise SourceError(
            f"Expected what Prometheus answers from {shown_url}, found something else ({found}): {error}.",
            remedy="check that the address is that of Prometheus itself, and not of a page in front of it",
        ) from error


def _status_remedy(status: int) -> str:
    if status in (401, 403):
        return "check user and password in clusters.yaml"
    if 300 <= status < 400:
        return "write the address that it leads to into clusters.yaml, unless that is a page to log in"
    if status == 404:
        return "check that it is the address of a Prometheus, with its prefix if it has one"
    return "look into the log of Prometheus"


def _request_failure(error: requests.RequestException) -> str:
    # requests wraps what urllib3 says, and urllib3 what the system says.
    inner = error.args[0] if error.args else error
    return str(getattr(inner, "reason", None) or type(error).__name__)


def _parse_configuration(text: str, access: PrometheusAccess) -> Mapping[str, object]:
    try:
        configuration = yaml.load(redact_text(text, _secret_placeholder), _TextOnlyLoader)
    except yaml.YAMLError as error:
        url = http_sessions.url_without_credentials(access.url)
        raise SourceError(
            f"Expected the configuration of {url} as YAML, found: {error}.",
            remedy="ask it yourself: /api/v1/status/config",
        ) from error
    return configuration if isinstance(configuration, dict) else {}


def _rule_group(group: dict) -> dict:
    fields = {key: group[key] for key in _KEPT_GROUP_FIELDS if key in group}
    rules = group.get("rules") or []
    return fields | {
        "rules": [{key: _redact_strings(rule[key]) for key in _KEPT_RULE_FIELDS if key in rule} for rule in rules]
    }


def _redact_strings(value: object) -> object:
    if isinstance(value, dict):
        return {key: _redact_strings(each) for key, each in value.items()}
    return redact_text(value, _secret_placeholder) if isinstance(value, str) else value


def _secret_placeholder(secret: str) -> str:
    return "<secret>"
