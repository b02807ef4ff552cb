"""A YAML file says what its type allows, and a slip in it is told with its line."""

from datetime import date

import msgspec
import pytest

from trinokit import typed_yaml
from trinokit.errors import ParameterError


class Wheel(msgspec.Struct, forbid_unknown_fields=True):
    size: int
    made: date | None = None


class Cart(msgspec.Struct, forbid_unknown_fields=True):
    wheels: list[Wheel]
    parts: dict[str, Wheel] = {}
    spare: Wheel | None = None


GOOD = "wheels:\n  - size: 5\n    made: 2026-01-31\n  - size: 7\nparts:\n  left: {size: 1}\nspare:\n  size: 3\n"


def test_a_file_is_read_into_its_type():
    assert typed_yaml.load_yaml_as(GOOD, "cart.yaml", Cart) == Cart(
        [Wheel(5, date(2026, 1, 31)), Wheel(7)], {"left": Wheel(1)}, Wheel(3)
    )


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("size: 7", "sise: 7", r"cart.yaml, line 4: object contains unknown field `sise`.\n  -> did you mean size\?"),
        ("size: 7", "size: big", r"line 4: expected `int`, got `str`.\n  -> the fields are: size, made"),
        ("{size: 1}", "{size: x}", "line 6: expected `int`, got `str`"),
        ("  size: 3", "  made: 2026-01-31", "line 8: object missing required field `size`"),
        ("2026-01-31", "someday", "line 3: "),
        ("wheels:\n", "wheels: 5\nx:\n", "line 1: expected `array`, got `int`"),
        ("size: 7", "size: 7\n    size: 8", "line 5: expected each key once, found 'size' again"),
        ("size: 7", "size: [", "Expected YAML, found in cart.yaml: "),
    ],
)
def test_a_slip_is_told_with_its_line(old, new, message):
    with pytest.raises(ParameterError, match=message):
        typed_yaml.load_yaml_as(GOOD.replace(old, new, 1), "cart.yaml", Cart)


@pytest.mark.parametrize("text", ["", "# only a comment\n"])
def test_a_file_that_says_nothing_is_refused(text):
    with pytest.raises(ParameterError, match="Expected something in cart.yaml, found nothing"):
        typed_yaml.load_yaml_as(text, "cart.yaml", Cart)
