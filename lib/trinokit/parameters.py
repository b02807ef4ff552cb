"""Which parameters has a notebook, and may it be run with these? Answered before any kernel starts."""

import ast
import io
import json
import re
import tokenize
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from trinokit.errors import ParameterError, did_you_mean
from trinokit.window import Window

_BOOLEAN_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_NUMBER_LIMITS = re.compile(r"(?P<low>-?[\d.]+) to (?P<high>-?[\d.]+)|at least (?P<least>-?[\d.]+)")


@dataclass(frozen=True)
class Parameter:
    """One parameter as its notebook declares it: ``name: kind = default  # meaning; limits``.

    The limits are ``one of: a, b`` or ``1 to 1440`` or ``at least 0``.
    """

    name: str
    kind: str
    default: object
    meaning: str

    @property
    def choices(self) -> list[str]:
        """The values that are allowed, if they are named."""
        _, separator, names = self.meaning.partition("; one of: ")
        return names.split(", ") if separator else []

    @property
    def limits(self) -> tuple[float, float]:
        """The least and the greatest number that is allowed."""
        match = _NUMBER_LIMITS.search(self.meaning.rpartition(";")[2])
        if not match:
            return float("-inf"), float("inf")
        low, high, least = (float(number) if number else None for number in match.group("low", "high", "least"))
        return (low, high) if least is None else (least, float("inf"))


def declared_parameters(notebook: Path) -> dict[str, Parameter]:
    """The parameters that *notebook* declares in its cell tagged ``parameters``, by name.

    Raises ParameterError when the file is no notebook or has no such cell.
    """
    try:
        cells = json.loads(notebook.read_text())["cells"]
        [source] = ["".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ParameterError(
            f"Expected a notebook with one cell tagged 'parameters' in {notebook}, found: {error}.",
            remedy="see what there is: trinokit list",
        ) from error
    comments = _comments_by_line(source)
    lines = [node for node in ast.parse(source).body if isinstance(node, ast.AnnAssign)]
    return {
        node.target.id: Parameter(
            node.target.id,
            ast.unparse(node.annotation),
            ast.literal_eval(node.value),
            comments.get(node.end_lineno, ""),
        )
        for node in lines
    }


def validate_parameters(
    declared: dict[str, Parameter], given_values: dict[str, object], notebook: str
) -> dict[str, object]:
    """*given_values* in the types that *declared* has; defaults are left to the notebook.

    Raises one ParameterError that names every mistake.
    """
    values, mistakes = {}, []
    for name, value in given_values.items():
        if name not in declared:
            mistakes.append(_with_hint(f"{notebook} has no parameter {name}", did_you_mean(name, declared)))
            continue
        try:
            values[name] = _convert_value(declared[name], value)
        except ValueError as error:
            mistakes.append(f"{name}: {error}")
    mistakes += _window_mistakes({name: parameter.default for name, parameter in declared.items()} | values)
    if mistakes:
        raise ParameterError(
            "\n".join(mistakes), remedy=f"it has: {', '.join(declared)}; see: trinokit describe {notebook}"
        )
    return values


def _convert_value(parameter: Parameter, value: object) -> object:
    convert = {"str": _to_string, "int": _to_integer, "float": _to_float, "bool": _to_bool, "list[str]": _to_strings}[
        parameter.kind
    ]
    converted = convert(value)
    for each in converted if isinstance(converted, list) else [converted]:
        if parameter.choices and each not in parameter.choices:
            mistake = f"expected one of {', '.join(parameter.choices)}, found {each!r}"
            raise ValueError(_with_hint(mistake, did_you_mean(str(each), parameter.choices)))
    low, high = parameter.limits
    if isinstance(converted, int | float) and not low <= converted <= high:
        expected = f"from {low:g} to {high:g}" if high < float("inf") else f"of at least {low:g}"
        raise ValueError(f"expected a number {expected}, found {value!r}")
    return converted


def _with_hint(mistake: str, hint: str) -> str:
    return f"{mistake}; {hint}" if hint else mistake


def _to_string(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected a text, found {value!r}")
    return value


def _to_integer(value: object) -> int:
    if not re.fullmatch(r"[+-]?\d+", str(value)):
        raise ValueError(f"expected a whole number, found {value!r}")
    return int(str(value))


def _to_float(value: object) -> float:
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", str(value)):
        raise ValueError(f"expected a number, found {value!r}")
    return float(str(value))


def _to_bool(value: object) -> bool:
    if str(value).lower() not in _BOOLEAN_WORDS:
        raise ValueError(f"expected true or false, found {value!r}")
    return _BOOLEAN_WORDS[str(value).lower()]


def _to_strings(value: object) -> list[str]:
    return [_to_string(item) for item in (value if isinstance(value, list) else _split_list(str(value))) if item != ""]


def _split_list(text: str) -> list[object]:
    # JSON keeps the commas and the blanks within an item.
    with suppress(ValueError):
        if isinstance(items := json.loads(text), list):
            return items
    return [part.strip() for part in text.strip("[]").split(",")]


def _window_mistakes(values: dict[str, object]) -> list[str]:
    if not values.keys() >= {"since", "until"}:
        return []
    try:
        Window.parse(values["since"], values["until"])
    except ParameterError as error:
        return [error.message]
    return []


def _comments_by_line(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string.lstrip("# ") for token in tokens if token.type == tokenize.COMMENT}
