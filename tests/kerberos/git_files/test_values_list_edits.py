"""A list in a values file gets other lines, and every other byte of the file stays."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from trinokit.errors import PlanError
from trinokit.kerberos import jvm_config_text
from trinokit.kerberos.git_files import values_list_edits
from trinokit.kerberos.git_files.values_list_edits import ValuesList
from trinokit.kerberos.jvm_config_text import LineEdit

KRB5 = "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED"
KTAB = "--add-exports=java.security.jgss/sun.security.krb5.internal.ktab=ALL-UNNAMED"
HERE = ValuesList("values.yaml", ("coordinator", "additionalJVMConfig"))
BELOW = ValuesList("values.yaml", ("trino", "worker", "additionalJVMConfig"))


def with_flags(text: str, *flags: str, where: ValuesList = HERE) -> str:
    return values_list_edits.edit_list(
        text,
        where,
        jvm_config_text.required_edits(
            values_list_edits.list_lines(text, where), flags or (KRB5,), jvm_config_text.GO_LAUNCHER
        ),
    )


def test_a_flag_is_added_behind_the_last_item_and_nothing_else_changes():
    before = """\
# Everything about Trino.
coordinator:
    jvm: {maxHeapSize: "8G"}   # quoted, as it was
    additionalJVMConfig:
    # Kept for the auditors.
    -   "-Da=1"
    - -Da=1     # twice
    # Behind the last one.

worker:
  replicas:   3
"""

    after = with_flags(before)

    assert after == before.replace("# twice\n", f"# twice\n    - {KRB5}\n")


def test_the_line_ends_of_the_file_are_those_of_the_new_lines():
    before = "coordinator:\r\n  additionalJVMConfig:\r\n  - -Da=1\r\n"

    assert with_flags(before) == f"{before}  - {KRB5}\r\n"


def test_a_file_without_a_line_end_at_its_end_stays_so():
    before = "coordinator:\n  additionalJVMConfig:\n  - -Da=1"

    assert with_flags(before) == f"{before}\n  - {KRB5}"


@pytest.mark.parametrize(
    ("empty", "left"),
    [("[]", ""), ("", ""), ("~", ""), ("null", ""), ("[]  # none", "  # none"), ("  # none", "  # none"), ("[ ]", "")],
)
def test_an_empty_list_becomes_a_block(empty, left):
    before = f"coordinator:\n  additionalJVMConfig: {empty}\n  jvm: {{}}\n"
    expected = f"coordinator:\n  additionalJVMConfig:{left}\n    - {KRB5}\n    - {KTAB}\n  jvm: {{}}\n"

    assert with_flags(before, KRB5, KTAB).replace(": \n", ":\n").replace(":   #", ":  #") == expected


def test_a_list_in_brackets_stays_one():
    before = "coordinator: {additionalJVMConfig: [-Da=1, '-Db=2', ], heap: 8G}  # short\n"

    assert with_flags(before) == before.replace("'-Db=2'", f"'-Db=2', \"{KRB5}\"")


def test_an_empty_list_in_brackets_is_filled_there():
    before = "coordinator: {heap: 8G, additionalJVMConfig: [], b: 1}\n"

    assert with_flags(before) == before.replace("[]", f'["{KRB5}"]')


def test_a_faulty_item_in_brackets_is_replaced_and_the_others_stay():
    before = f'coordinator:\n  additionalJVMConfig: [-Da=1,   "{KRB5} {KTAB}"  , -Db=2]\n'
    expected = f'coordinator:\n  additionalJVMConfig: [-Da=1,   "{KRB5}", "{KTAB}"  , -Db=2]\n'

    assert with_flags(before, KRB5, KTAB) == expected


def test_an_item_that_ends_in_a_blank_is_replaced_where_it_stands():
    before = f"coordinator:\n  additionalJVMConfig:\n    - -Da=1\n    - '{KRB5} '  # mind\n    - -Db=2\n"

    assert with_flags(before) == before.replace(f"'{KRB5} '", KRB5)


def test_flags_that_are_joined_by_backslashes_come_apart_and_comments_stay():
    before = f"""\
coordinator:
  additionalJVMConfig:
    # for Kerberos
    - {KRB5} \\
    # and this
    - {KTAB}
    - -Xmx8G
"""

    assert with_flags(before, KRB5, KTAB) == before.replace(" \\\n", "\n")


def test_an_item_whose_flags_are_all_in_one_becomes_several():
    before = f"coordinator:\n  additionalJVMConfig:\n    - {KRB5} {KTAB}\n  a: 1\n"
    expected = f"coordinator:\n  additionalJVMConfig:\n    - {KRB5}\n    - {KTAB}\n  a: 1\n"

    assert with_flags(before, KRB5, KTAB) == expected


def test_an_item_that_is_no_longer_needed_is_taken_away_with_its_line():
    before = "coordinator:\n  additionalJVMConfig:\n    - -Da=1\n    - -Db=2\n    # kept\n    - -Dc=3\n"

    after = values_list_edits.edit_list(before, HERE, [LineEdit(0, 2, ("-Dd=4",))])

    assert after == "coordinator:\n  additionalJVMConfig:\n    - -Dd=4\n    # kept\n    - -Dc=3\n"


def test_a_line_that_yaml_would_take_for_something_else_is_quoted():
    before = "coordinator:\n  additionalJVMConfig:\n  - -Da=1\n"
    new = ("-javaagent:x:", "-Da=b #c", "-Da: b", "", "-", "-1", "@file", "-Da=\u00e9", KRB5)
    written = ['"-javaagent:x:"', '"-Da=b #c"', '"-Da: b"', '""', '"-"', '"-1"', '"@file"', '"-Da=\u00e9"', KRB5]

    after = values_list_edits.edit_list(before, HERE, [LineEdit(1, 1, new)])

    assert after == before + "".join(f"  - {each}\n" for each in written)


def test_a_line_can_come_before_all_others():
    before = "coordinator:\n  additionalJVMConfig:\n  - -Da=1\n"
    brackets = "coordinator: {additionalJVMConfig: [-Da=1]}\n"

    assert values_list_edits.edit_list(before, HERE, [LineEdit(0, 0, (KRB5,))]) == before.replace(
        "  - -Da", f"  - {KRB5}\n  - -Da"
    )
    assert values_list_edits.edit_list(brackets, HERE, [LineEdit(0, 0, (KRB5,))]) == brackets.replace(
        "[-Da", f'["{KRB5}", -Da'
    )


@pytest.mark.parametrize(
    "item",
    [
        f'"{KRB5}\\x20"',
        f"'{KRB5} '",
        f">-\n      {KRB5}\n      {KTAB}",
        f"{KRB5}\n      {KTAB}",
        f"|-\n      {KRB5} \n",
        f'"{KRB5}\\\n      \\x20{KTAB}"',
    ],
)
def test_however_an_item_is_written_it_can_be_replaced(item):
    before = f"coordinator:\n  additionalJVMConfig:\n    - -Da=1\n    - {item}\n    - -Db=2\nworker: {{}}\n"

    after = yaml.safe_load(with_flags(before, KRB5, KTAB))

    assert sorted(after["coordinator"]["additionalJVMConfig"]) == sorted(["-Da=1", KRB5, KTAB, "-Db=2"])
    assert after["worker"] == {}


def test_a_flag_comes_behind_an_item_of_several_lines():
    before = "coordinator:\n  additionalJVMConfig:\n    - |\n      -Da=1\n      -Db=2\n\nworker: {}\n"

    assert with_flags(before) == before.replace("-Db=2\n", f"-Db=2\n    - {KRB5}\n")


def test_an_item_of_several_lines_can_be_replaced_as_a_whole():
    before = f"coordinator:\n  additionalJVMConfig:\n    - |-\n      {KRB5} \\\n      {KTAB}\n    - -Da=1\n"
    expected = f"coordinator:\n  additionalJVMConfig:\n    - {KRB5}\n    - {KTAB}\n    - -Da=1\n"

    assert with_flags(before, KRB5, KTAB) == expected


def test_a_line_within_an_item_of_several_is_not_changed():
    before = f"coordinator:\n  additionalJVMConfig:\n    - |\n      -Da=1\n      {KRB5} {KTAB}\n"

    with pytest.raises(PlanError, match=r"at coordinator\.additionalJVMConfig in values\.yaml, found several lines in"):
        with_flags(before)


def test_a_list_that_is_merged_in_is_written_out():
    before = "x: &x {additionalJVMConfig: [-Da=1]}\ncoordinator:\n  <<: *x\n  b: 1\n"

    assert with_flags(before) == before.replace("  <<", f"  additionalJVMConfig:\n    - -Da=1\n    - {KRB5}\n  <<")


def test_a_list_that_is_missing_becomes_the_first_key():
    before = "coordinator:  # the one\n  # Its heap.\n  jvm: {heap: 8G}\nworker: {}\n"

    assert with_flags(before) == before.replace("one\n", f"one\n  additionalJVMConfig:\n    - {KRB5}\n")


@pytest.mark.parametrize("role", ["worker:", "worker: {}", "worker: ~"])
def test_keys_that_are_missing_are_written_too(role):
    before = f"a: 1\ntrino:\n    {role}\nb: 2\n"
    expected = f"a: 1\ntrino:\n    worker:\n      additionalJVMConfig:\n        - {KRB5}\nb: 2\n"

    assert with_flags(before, where=BELOW) == expected


@pytest.mark.parametrize("before", ["", "# nothing\n", "a: 1\n", "---\na:\n  b: [1]\n", "a: 1"])
def test_keys_that_are_all_missing_are_written_at_the_end(before):
    block = f"trino:\n  worker:\n    additionalJVMConfig:\n      - {KRB5}\n"
    expected = f"{before}\n{block[:-1]}" if before == "a: 1" else before + block

    assert with_flags(before, where=BELOW) == expected


def test_keys_that_are_missing_in_brackets_are_written_there():
    made = f'additionalJVMConfig: ["{KRB5}"]'

    assert with_flags("trino: {a: 1}\n", where=BELOW) == f"trino: {{worker: {{{made}}}, a: 1}}\n"
    assert with_flags("{}\n", where=BELOW) == f"{{trino: {{worker: {{{made}}}}}}}\n"
    assert with_flags("{trino: }\n", where=BELOW) == f"{{trino: {{worker: {{{made}}}}} }}\n"
    assert with_flags("trino: {worker: {}}\n", where=BELOW) == f"trino: {{worker: {{{made}}}}}\n"


def test_a_list_that_is_right_stays_to_the_byte():
    before = f"coordinator: {{additionalJVMConfig: ['{KRB5}']}}"

    assert with_flags(before) == before


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("x: &x [-Da=1]\ncoordinator:\n  additionalJVMConfig: *x\n", "an alias at additionalJVMConfig"),
        ("x: &x {b: 1}\ncoordinator: *x\n", "an alias at coordinator"),
        ("coordinator:\n  additionalJVMConfig: &x [-Da=1]\nworker:\n  additionalJVMConfig: *x\n", "edit changes more"),
        ("coordinator:\n  additionalJVMConfig: -Da=1\n", "something else"),
        ("coordinator:\n  additionalJVMConfig: [1]\n", "something else"),
        ("coordinator:\n  additionalJVMConfig: {a: b}\n", "something else"),
        ("coordinator: none\n", "a value at coordinator"),
        ("- coordinator\n", "a value at "),
    ],
)
def test_a_list_that_cannot_be_edited_alone_is_refused(text, found):
    with pytest.raises(PlanError, match=f"at coordinator.additionalJVMConfig in values.yaml, found .*{found}"):
        with_flags(text)


def test_a_file_that_is_no_yaml_is_refused_without_a_word_of_it():
    with pytest.raises(PlanError, match="Expected YAML in values.yaml, found in line 3: ") as caught:
        with_flags("a: 1\npassword: 'hunter2\n")

    assert "hunter2" not in str(caught.value)


def test_a_key_that_stands_twice_counts_the_second_time():
    before = "coordinator:\n  additionalJVMConfig: [-Da=1]\n  additionalJVMConfig:\n    - -Db=2\n"

    assert values_list_edits.list_lines(before, HERE) == ("-Db=2",)
    assert with_flags(before) == f"{before}    - {KRB5}\n"


NAMES = st.sampled_from(["jvm", "heap", "labels", "extra", "resources"])
SCALARS = st.sampled_from(["1", "8G", '"x: y"', "'it''s'", "true", "", "~", "[]", "{}", "[a, 'b']", "{c: 1}", "1.0"])
COMMENTS = st.sampled_from(["", "  # a comment", "   #"])
ITEMS = st.sampled_from(
    [
        *("-Da=1", "'-Da=1'", '"-Da=1"', "-Xmx8G", KRB5, f'"{KRB5} "', f"{KRB5} \\", f"{KRB5} {KTAB}", f"'\"{KTAB}\"'"),
        *('"# text"', f'"{KTAB}\\r"', "--add-exports", KRB5.removeprefix("--add-exports="), ">-\n%s-Dc=1", '""', "x"),
    ]
)


@st.composite
def files(draw: st.DrawFn) -> str:
    """A values file with other keys, comments, and perhaps the list, in blocks."""
    end, step = draw(st.sampled_from(["\n", "\r\n"])), draw(st.sampled_from([1, 2, 4]))
    indent, deeper = " " * step, " " * (step * draw(st.sampled_from([1, 2])))
    lines = [f"# {draw(NAMES)}"]

    def others(prefix: str, suffix: str) -> None:
        for name in draw(st.lists(NAMES, max_size=2, unique=True)):
            lines.append(f"{prefix}{name}{suffix}: {draw(SCALARS)}{draw(COMMENTS)}")
            lines.extend(draw(st.lists(st.sampled_from(["", "# note", f"{prefix}# note"]), max_size=2)))

    others("", "A")
    if draw(st.booleans()):
        lines.append(f"coordinator:{draw(COMMENTS)}")
        others(indent, "B")
        if draw(st.booleans()) or lines[-1].startswith("coordinator"):
            lines.append(f"{indent}additionalJVMConfig:{draw(COMMENTS)}")
            for item in draw(st.lists(ITEMS, max_size=5)):
                comment = "" if "%s" in item else draw(COMMENTS)
                lines.append(f"{deeper}- {item.replace('%s', deeper + '  ')}{comment}")
                lines.extend(draw(st.lists(st.sampled_from(["", f"{deeper}# note"]), max_size=1)))
        others(indent, "C")
    others("", "D")
    text = end.join(line.replace("\n", end) for line in lines)
    return text + draw(st.sampled_from(["", end, end * 2]))


WANTED = st.sampled_from([(KRB5,), (KRB5, KTAB), (KTAB, "-Da=2"), ("-Xmx9G",)])


@settings(deadline=None)
@given(files(), WANTED, st.sampled_from([jvm_config_text.PYTHON_LAUNCHER, jvm_config_text.GO_LAUNCHER]))
def test_in_any_file_the_list_gets_the_lines_it_is_to_have_and_all_else_stays(text, flags, launcher):
    before = values_list_edits.list_lines(text, HERE)
    edits = jvm_config_text.required_edits(before, flags, launcher)

    after = values_list_edits.edit_list(text, HERE, edits)

    wanted = list(before)
    for edit in reversed(edits):
        wanted[edit.first : edit.end] = edit.lines
    assert list(values_list_edits.list_lines(after, HERE)) == wanted
    assert jvm_config_text.required_edits(wanted, flags, launcher) == ()
    assert rest(after) == rest(text)
    assert "\r\n" not in text or "\n" not in after.replace("\r\n", "")


def rest(text: str) -> list[str]:
    """The lines of *text* that hold no item and none of the keys of the list."""
    ours = ("coordinator:", "additionalJVMConfig:", "- ", "-Dc=1")
    lines = text.replace("\r\n", "\n").split("\n")
    return [line for line in lines if line.strip() and not line.strip().startswith(ours)]
