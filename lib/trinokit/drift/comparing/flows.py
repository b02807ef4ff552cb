"""Which traffic do the rules of a NetworkPolicy let through? A flow for each peer and port, however grouped."""

import json
import re
from collections.abc import Iterator, Mapping
from itertools import product

# A port's name has a letter, and nothing else that is plain needs quotes to be told from words of a flow.
_PLAIN = re.compile(r"[A-Za-z0-9][\w./-]*|")
_IPV6 = re.compile(r"[0-9a-f:./]+")
_PORT_NAME = re.compile(r"[a-z0-9-]*[a-z][a-z0-9-]*")
_OPERATORS = {"In": "in", "NotIn": "not in", "Exists": "is set", "DoesNotExist": "is not set"}


def flows(rules: list[dict] | None, direction: str) -> list[str]:
    """The flows that the *rules* of *direction*, ingress or egress, let through, as sorted texts.

    Two lists of rules with the same flows mean the same; a flow has one text, and no other flow has it.
    """
    word = "to" if direction == "egress" else "from"
    return sorted({flow for rule in rules or [] for flow in _of_rule(rule or {}, word)})


def _of_rule(rule: Mapping, word: str) -> Iterator[str]:
    peers = [_peer(each or {}) for each in rule.get(word) or []]
    ports = [_port(each or {}) for each in rule.get("ports") or []]
    for peer, port in product(peers or ["anywhere"], ports or ["any port"]):
        yield f"{word} {peer}, {port}{_rest(rule, word, 'ports')}"


def _peer(peer: Mapping) -> str:
    """Whom a peer names; pods of the policy's own namespace where it names no other."""
    block, pods, namespaces = (peer.get(key) for key in ("ipBlock", "podSelector", "namespaceSelector"))
    rest = _rest(peer, "ipBlock", "podSelector", "namespaceSelector")
    found = [] if block is None else [_block(block)]
    if pods is not None or namespaces is not None:
        chosen = _selected(pods or {})
        where = "this namespace" if namespaces is None else _namespaces(namespaces)
        found.append(f"{f'pods {chosen}' if chosen else 'all pods'} in {where}")
    return " and ".join(found or ["an empty peer"]) + rest


def _namespaces(selector: Mapping) -> str:
    chosen = _selected(selector)
    return f"namespaces {chosen}" if chosen else "all namespaces"


def _block(block: Mapping) -> str:
    less = sorted({_word(each) for each in block.get("except") or []})
    rest = _rest(block, "cidr", "except")
    return _word(block.get("cidr")) + (f" except {', '.join(less)}" if less else "") + rest


def _selected(selector: Mapping) -> str:
    """The requirements of *selector*, sorted; a label is written as the same whichever way it is asked for."""
    rest = _rest(selector, "matchLabels", "matchExpressions").strip()
    return ", ".join([*sorted(set(_requirements(selector))), *([rest] if rest else [])])


def _requirements(selector: Mapping) -> Iterator[str]:
    for key, value in (selector.get("matchLabels") or {}).items():
        yield f"{_word(key)}={_word(value)}"
    for each in selector.get("matchExpressions") or []:
        yield _expression(each) + _rest(each, "key", "operator", "values")


def _expression(each: Mapping) -> str:
    key, operator = _word(each.get("key")), each.get("operator")
    values = sorted({_word(value) for value in each.get("values") or []})
    if operator == "In" and len(values) == 1:
        return f"{key}={values[0]}"
    among = f" ({', '.join(values)})" if values or operator in ("In", "NotIn") else ""
    return f"{key} {_OPERATORS.get(operator) or json.dumps(operator)}{among}"


def _port(port: Mapping) -> str:
    protocol, first, last = port.get("protocol") or "TCP", port.get("port"), port.get("endPort")
    rest = _rest(port, "protocol", "port", "endPort")
    if first is None and last is None:
        return f"any {_word(protocol)} port{rest}"
    if last is None or last == first:
        return f"port {_number(first)}/{_word(protocol)}{rest}"
    return f"ports {_number(first)}-{_number(last)}/{_word(protocol)}{rest}"


def _number(port: object) -> str:
    named = isinstance(port, str) and _PORT_NAME.fullmatch(port)
    return port if named else json.dumps(port)


def _word(text: object) -> str:
    if not isinstance(text, str):
        return f"({json.dumps(text)})"
    return text if _PLAIN.fullmatch(text) or _IPV6.fullmatch(text) else json.dumps(text)


def _rest(part: Mapping, *known: str) -> str:
    """What *part* has beside the *known* fields, so that a field of a later version is not lost."""
    more = {key: value for key, value in part.items() if key not in known and value is not None}
    return f" with {json.dumps(more, sort_keys=True)}" if more else ""
