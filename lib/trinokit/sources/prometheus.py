"""What has a Prometheus loaded? Its configuration and its rules, asked patiently and never for ever."""

from collections.abc import Mapping
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import msgspec
import requests
import tenacity
import yaml

from trinokit.clusters import Kubernetes, Prometheus
from trinokit.errors import SourceError
from trinokit.evidence import Loaded
from trinokit.sources import sessions
from trinokit.sources.literals import hidden
from trinokit.sources.secret import resolve

_TRANSIENT = {429, 500, 502, 503, 504}
_ATTEMPTS, _PATIENCE_S = 4, 90
_TIMEOUT = (10, 60)
# What a rule is, without what became of it: its alerts hold data, and its times change with each evaluation.
_KEPT = ("type", "name", "query", "duration", "keepFiringFor", "labels", "annotations", "health", "lastError")
_KEPT_OF_A_GROUP = ("name", "file", "interval", "limit")


_Data = TypeVar("Data")


class _Answer(msgspec.Struct, Generic[_Data]):
    data: _Data


class _Configuration(msgspec.Struct):
    yaml: str


class _Groups(msgspec.Struct):
    groups: list[dict]


class _Build(msgspec.Struct):
    version: str


class _Texts(yaml.CSafeLoader):
    """Takes every scalar for a text, so that a time stays as it is written."""

    yaml_implicit_resolvers = {}


def read(where: Prometheus, kubernetes: Kubernetes | None = None) -> Loaded:
    """What the Prometheus at *where* has loaded, or why it could not be asked; secrets in it are hidden.

    A reference to a password that is kept in a Secret is read from *kubernetes*.
    """
    try:
        with _session(where, kubernetes) as session:
            configuration = _answer(session, where, "status/config", _Configuration)
            groups = _answer(session, where, "rules", _Groups).groups
            version = _answer(session, where, "status/buildinfo", _Build).version
        return Loaded(_configuration(configuration.yaml, where), tuple(map(_group, groups)), version)
    except SourceError as error:
        return Loaded(problem=f"{error.message[0].lower()}{error.message[1:].rstrip('.')}; {error.remedy}")


def dump(loaded: Loaded) -> bytes:
    """What is *loaded* as JSON, as a recording keeps it."""
    return msgspec.json.format(msgspec.json.encode(loaded, order="deterministic"), indent=1) + b"\n"


def load(text: bytes) -> Loaded:
    """What `dump` kept in *text*."""
    try:
        return msgspec.json.decode(text, type=Loaded)
    except msgspec.DecodeError as error:
        raise SourceError(
            f"Expected what a Prometheus had loaded, found: {error}.", remedy="record the cluster again"
        ) from error


def _session(where: Prometheus, kubernetes: Kubernetes | None) -> requests.Session:
    session = sessions.alone(where.url, where.ca or True)
    session.headers.update({"Accept": "application/json", "User-Agent": "trinokit"})
    if where.password:
        session.auth = (where.user or "", resolve(where.password, kubernetes))
    return session


def _answer(session: requests.Session, where: Prometheus, what: str, kind: type[msgspec.Struct]) -> msgspec.Struct:
    url = f"{where.url.rstrip('/')}/api/v1/{what}"
    shown = _shown(url)
    tries = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type((requests.ConnectionError, requests.Timeout))
        & tenacity.retry_if_not_exception_type(requests.exceptions.SSLError)
        | tenacity.retry_if_result(lambda answer: answer.status_code in _TRANSIENT),
        stop=tenacity.stop_after_attempt(_ATTEMPTS) | tenacity.stop_after_delay(_PATIENCE_S),
        wait=tenacity.wait_random_exponential(0.5, max=8),
        retry_error_callback=lambda state: state.outcome.result(),
    )
    try:
        # Whoever answers with another address is a page to log in, or not the one whom clusters.yaml names.
        answer = tries(session.get, url, timeout=_TIMEOUT, allow_redirects=False)
    except requests.RequestException as error:
        raise SourceError(
            f"Expected an answer from {shown}, found: {_cause(error)}.",
            remedy="check the address and the network, and the certificate authority if it says so",
        ) from error
    if answer.status_code != 200:
        found = f"{answer.status_code} {answer.reason}"
        raise SourceError(f"Expected an answer from {shown}, found {found}.", remedy=_remedy(answer.status_code))
    try:
        return msgspec.json.decode(answer.content, type=_Answer[kind]).data
    except msgspec.DecodeError as error:
        found = answer.headers.get("Content-Type", "no type at all")
        raise SourceError(
            f"Expected what Prometheus answers from {shown}, found something else ({found}): {error}.",
            remedy="check that the address is that of Prometheus itself, and not of a page in front of it",
        ) from error


def _remedy(status: int) -> str:
    if status in (401, 403):
        return "check user and password in clusters.yaml"
    if 300 <= status < 400:
        return "write the address that it leads to into clusters.yaml, unless that is a page to log in"
    if status == 404:
        return "check that it is the address of a Prometheus, with its prefix if it has one"
    return "look into the log of Prometheus"


def _shown(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _cause(error: requests.RequestException) -> str:
    # requests wraps what urllib3 says, and urllib3 what the system says.
    inner = error.args[0] if error.args else error
    return str(getattr(inner, "reason", None) or type(error).__name__)


def _configuration(text: str, where: Prometheus) -> Mapping[str, object]:
    try:
        found = yaml.load(hidden(text, _hide), _Texts)
    except yaml.YAMLError as error:
        raise SourceError(
            f"Expected the configuration of {_shown(where.url)} as YAML, found: {error}.",
            remedy="ask it yourself: /api/v1/status/config",
        ) from error
    return found if isinstance(found, dict) else {}


def _group(group: dict) -> dict:
    kept = {key: group[key] for key in _KEPT_OF_A_GROUP if key in group}
    rules = group.get("rules") or []
    return kept | {"rules": [{key: _hidden(rule[key]) for key in _KEPT if key in rule} for rule in rules]}


def _hidden(value: object) -> object:
    if isinstance(value, dict):
        return {key: _hidden(each) for key, each in value.items()}
    return hidden(value, _hide) if isinstance(value, str) else value


def _hide(secret: str) -> str:
    return "<secret>"
