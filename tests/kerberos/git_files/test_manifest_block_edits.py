"""A block of text in a manifest gets other lines, and every other byte of the file stays."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from trinokit.errors import PlanError
from trinokit.kerberos import jvm_config_text
from trinokit.kerberos.git_files import manifest_block_edits
from trinokit.kerberos.git_files.manifest_block_edits import ManifestBlock
from trinokit.kerberos.jvm_config_text import LineEdit

KRB5 = "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED"
KTAB = "--add-exports=java.security.jgss/sun.security.krb5.internal.ktab=ALL-UNNAMED"
HERE = ManifestBlock("trino.yaml", "worker", "jvm.config")
MANIFEST = """\
# Both roles.
apiVersion: v1
kind: ConfigMap
metadata: {name: coordinator}
data:
  jvm.config: |
    -server
---
kind: ConfigMap
metadata:
  name: worker   # the other one
data:
  node.properties: 'a=b'
  jvm.config: |
      -server
      # kept
      -Xmx8G%s

  log.properties: |
    io.trino=INFO
---
kind: Service
metadata: {name: worker}
"""


def with_flags(text: str, *flags: str) -> str:
    return manifest_block_edits.edit_block(
        text,
        HERE,
        jvm_config_text.required_edits(
            manifest_block_edits.block_lines(text, HERE), flags or (KRB5,), jvm_config_text.GO_LAUNCHER
        ),
    )


def test_a_flag_is_added_to_the_block_of_that_config_map_and_nothing_else_changes():
    assert with_flags(MANIFEST % "") == MANIFEST % f"\n      {KRB5}"


def test_what_is_void_is_replaced_where_it_stands():
    assert with_flags(MANIFEST % f"\n      {KRB5} \n      -Da=1") == MANIFEST % f"\n      {KRB5}\n      -Da=1"


def test_line_ends_stay():
    before, after = (each.replace("\n", "\r\n") for each in (MANIFEST % "", MANIFEST % f"\n      {KRB5}"))

    assert with_flags(before) == after


def test_a_block_that_is_right_stays_to_the_byte():
    before = MANIFEST % f"\n      {KRB5}"

    assert with_flags(before) == before


@pytest.mark.parametrize("style", ["|", "|-", "|+", "|2", "&x |", "!!str |-"])
@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_however_a_block_begins_and_ends_it_keeps_that(style, end):
    before = f"kind: ConfigMap\nmetadata: {{name: worker}}\ndata:\n  jvm.config: {style}\n    -Da=1\n    -Db=2{end}"
    indent = "    "

    assert with_flags(before) == before.replace("-Db=2", f"-Db=2\n{indent}{KRB5}")


def test_a_line_can_come_before_all_others():
    after = manifest_block_edits.edit_block(MANIFEST % "", HERE, [LineEdit(0, 0, ("# first", ""))])

    assert after == (MANIFEST % "").replace("      -server", "      # first\n\n      -server")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('kind: ConfigMap\nmetadata: {name: worker}\ndata:\n  jvm.config: "-server\\n-Da=1"\n', "none"),
        ("kind: ConfigMap\nmetadata: {name: worker}\ndata:\n  jvm.config: >\n    -server\n", "none"),
        ("kind: ConfigMap\nmetadata: {name: worker}\ndata: {other: x}\n", "none"),
        ("kind: ConfigMap\nmetadata: {name: worker}\n", "none"),
        ("kind: ConfigMap\nmetadata: {name: worker}\ndata:\n  jvm.config: |\n", "none"),
        ("kind: ConfigMap\nmetadata: {name: other}\n---\nkind: Secret\nmetadata: {name: worker}\n", "0 ConfigMaps"),
        (f"{MANIFEST}---\n{MANIFEST}", "2 ConfigMaps"),
        (
            "kind: ConfigMap\nmetadata: {name: worker}\ndata:\n  jvm.config: &x |\n    -server\n  other: *x\n",
            "text whose edit changes more",
        ),
    ],
)
def test_what_is_not_one_block_that_can_be_edited_alone_is_refused(text, found):
    with pytest.raises(PlanError, match=rf"jvm\.config of ConfigMap/worker in trino\.yaml, found {found}"):
        with_flags(text)


def test_a_file_that_is_no_yaml_is_refused_without_a_word_of_it():
    with pytest.raises(PlanError, match=r"Expected YAML in trino\.yaml, found in line 2: ") as caught:
        manifest_block_edits.block_lines("a: 1\nhunter2: b: c\n", HERE)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "- 1", "null", "kind: ConfigMap", "kind: ConfigMap\nmetadata: x", "kind: Pod"])
def test_what_is_no_config_map_has_no_name(text):
    assert manifest_block_edits.config_map_name(yaml.safe_load(text)) == ""


LINES = st.lists(
    st.sampled_from(
        ["-server", "", "  ", "# note", KRB5, f"{KRB5} ", f"{KRB5} \\", f"{KRB5} {KTAB}", " -Da=1", "\t-Db"]
    ),
    min_size=1,
    max_size=7,
).filter(lambda lines: any(line.strip() for line in lines))


@settings(deadline=None)
@given(LINES, st.sampled_from(["|", "|-", "|+"]), st.booleans(), st.sampled_from(["\n", "\r\n"]))
def test_in_any_block_the_flags_come_into_force_and_all_else_stays(lines, style, more, end):
    shown = "\n".join(f"    {line}" if line.strip() else line for line in lines)
    text = f"kind: ConfigMap\nmetadata: {{name: worker}}\ndata:\n  jvm.config: {style}4\n    {shown}\n"
    text = text.replace(f"{style}4\n    ", f"{style}2\n").replace("\n", end) + f"  other: |{end}    x{end}" * more
    before = manifest_block_edits.block_lines(text, HERE)
    edits = jvm_config_text.required_edits(before, (KRB5, KTAB), jvm_config_text.GO_LAUNCHER)

    after = manifest_block_edits.edit_block(text, HERE, edits)

    wanted = list(before)
    for edit in reversed(edits):
        wanted[edit.first : edit.end] = edit.lines
    assert list(manifest_block_edits.block_lines(after, HERE)) == wanted
    assert jvm_config_text.required_edits(wanted, (KRB5, KTAB), jvm_config_text.GO_LAUNCHER) == ()
    head, tail = text.index(end * 1 + "  jvm.config") + 20, text.find("  other: |") if more else len(text)
    assert after.startswith(text[:head])
    assert after.endswith(text[tail:])
