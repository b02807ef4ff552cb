"""Which traffic do the rules of a NetworkPolicy let through? A flow for each peer and port, however grouped."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import product

# A port's name has a letter, and nothing else that is plain needs quotes to be told from words of a flow.
_PLAIN_WORD = re.compile(r"[A-Za-z0-9][\w./-]*|")
_IPV6 = re.compile(r"[0-9a-f:./]+")
_PORT_NAME = re.compile(r"[a-z0-9-]*[a-z][a-z0-9-]*")
_OPERATORS = {"In": "in", "NotIn": "not in", "Exists": "is set", "DoesNotExist": "is not set"}


def allowed_flows(rules: list[dict] | None, direction: str) -> list[str]:
    """The flows that the *rules* of *direction*, ingress or egress, let through, as sorted texts.

    Two lists of rules with the same flows mean the same; a flow has one text, and no other flow has it.

    >>> allowed_flows([{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"port": 8080}]}], "ingress")
    ['from 10.0.0.0/8, port 8080/TCP']
    """
    word = "to" if direction == "egress" else "from"
    return sorted({flow for rule in rules or [] for flow in _rule_flows(rule or {}, word)})


def _rule_flows(rule: Mapping, word: str) -> Iterator[str]:
    peers = [_format_peer(each or {}) for each in rule.get(word) or []]
    ports = [_format_port(each or {}) for each in rule.get("ports") or []]
    for peer, port in product(peers or ["anywhere"], ports or ["any port"]):
        yield f"{word} {peer}, {port}{_format_other_keys(rule, word, 'ports')}"


def _format_peer(peer: Mapping) -> str:
    """Whom a peer names; pods of the policy's own namespace where it names no other."""
    block, pods, namespaces = (peer.get(key) for key in ("ipBlock", "podSelector", "namespaceSelector"))
    other_keys = _format_other_keys(peer, "ipBlock", "podSelector", "namespaceSelector")
    parts = [] if block is None else [_format_ip_block(block)]
    if pods is not None or namespaces is not None:
        chosen = _format_selector(pods or {})
        namespaces_text = "this namespace" if namespaces is None else _format_namespaces(namespaces)
        parts.append(f"{f'pods {chosen}' if chosen else 'all pods'} in {namespaces_text}")
    return " and ".join(parts or ["an empty peer"]) + other_keys


def _format_namespaces(selector: Mapping) -> str:
    chosen = _format_selector(selector)
    return f"namespaces {chosen}" if chosen else "all namespaces"


def _format_ip_block(block: Mapping) -> str:
    less = sorted({_quote_unless_plain(each) for each in block.get("except") or []})
    other_keys = _format_other_keys(block, "cidr", "except")
    return _quote_unless_plain(block.get("cidr")) + (f" except {', '.join(less)}" if less else "") + other_keys


def _format_selector(selector: Mapping) -> str:
    """The requirements of *selector*, sorted; a label is written as the same whichever way it is asked for."""
    other_keys = _format_other_keys(selector, "matchLabels", "matchExpressions").strip()
    return ", ".join([*sorted(set(_selector_requirements(selector))), *([other_keys] if other_keys else [])])


def _selector_requirements(selector: Mapping) -> Iterator[str]:
    for key, value in (selector.get("matchLabels") or {}).items():
        yield f"{_quote_unless_plain(key)}={_quote_unless_plain(value)}"
    for each in selector.get("matchExpressions") or []:
        yield _format_expression(each) + _format_other_keys(each, "key", "operator", "values")


def _format_expression(each: Mapping) -> str:
    key, operator = _quote_unless_plain(each.get("key")), each.get("operator")
    values = sorted({_quote_unless_plain(value) for value in each.get("values") or []})
    if operator == "In" and len(values) == 1:
        return f"{key}={values[0]}"
    among = f" ({', '.join(values)})" if values or operator in ("In", "NotIn") else ""
    return f"{key} {_OPERATORS.get(operator) or json.dumps(operator)}{among}"


def _format_port(port: Mapping) -> str:
    protocol, first, last = port.get("protocol") or "TCP", port.get("port"), port.get("endPort")
    other_keys = _format_other_keys(port, "protocol", "port", "endPort")
    if first is None and last is None:
        return f"any {_quote_unless_plain(protocol)} port{other_keys}"
    if last is None or last == first:
        return f"port {_format_port_number(first)}/{_quote_unless_plain(protocol)}{other_keys}"
    return f"ports {_format_port_number(first)}-{_format_port_number(last)}/{_quote_unless_plain(protocol)}{other_keys}"


def _format_port_number(port: object) -> str:
    is_port_name = isinstance(port, str) and _PORT_NAME.fullmatch(port)
    return port if is_port_name else json.dumps(port)


def _quote_unless_plain(text: object) -> str:
    if not isinstance(text, str):
        return f"({json.dumps(text)})"
    return text if _PLAIN_WORD.fullmatch(text) or _IPV6.fullmatch(text) else json.dumps(text)


def _format_other_keys(part: Mapping, *handled_keys: str) -> str:
    """What *part* has beside the *known* fields, so that a field of a later version is not lost."""
    other_keys = {key: value for key, value in part.items() if key not in handled_keys and value is not None}
    return f" with {json.dumps(other_keys, sort_keys=True)}" if other_keys else ""
