"""A text gets other parts, and every other byte stays; what differs is told as git takes it."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sources.conftest import Clone

from trinokit.kerberos.changes.unified_diffs import git_unified_diff
from trinokit.kerberos.git_files import text_edits
from trinokit.kerberos.git_files.text_edits import TextEdit

TEXT = "one\r\ntwo\n\nthree"


def test_parts_of_a_text_are_replaced_in_whatever_order_they_are_told():
    parts = [TextEdit(5, 8, "2"), TextEdit(0, 3, "1"), TextEdit(8, 8, "!"), TextEdit(8, 8, "?")]

    assert text_edits.apply_text_edits(TEXT, parts) == "1\r\n2!?\n\nthree"
    assert text_edits.apply_text_edits(TEXT, []) == TEXT


def test_lines_go_above_and_below_with_the_end_of_the_line_they_stand_beside():
    for at, above, below in ((1, "x\r\none\r\ntwo\n\nthree", "one\r\nx\r\ntwo\n\nthree"),):
        assert text_edits.apply_text_edits(TEXT, [text_edits.insert_lines_before(TEXT, at, ["x"])]) == above
        assert text_edits.apply_text_edits(TEXT, [text_edits.insert_lines_after(TEXT, at, ["x"])]) == below
    assert (
        text_edits.apply_text_edits(TEXT, [text_edits.insert_lines_after(TEXT, 6, ["x", "y"])])
        == "one\r\ntwo\nx\ny\n\nthree"
    )


def test_the_last_line_gets_an_end_only_where_another_follows():
    assert text_edits.apply_text_edits(TEXT, [text_edits.insert_lines_after(TEXT, len(TEXT), ["x"])]) == f"{TEXT}\r\nx"
    assert text_edits.apply_text_edits("a\n", [text_edits.insert_lines_after("a\n", 2, ["x"])]) == "a\nx\n"
    assert text_edits.apply_text_edits("a", [text_edits.insert_lines_after("a", 0, ["x"])]) == "a\nx"
    assert text_edits.apply_text_edits("", [text_edits.insert_lines_after("", 0, ["x"])]) == "x\n"


def test_lines_are_gone_with_their_ends():
    assert text_edits.apply_text_edits(TEXT, [text_edits.delete_lines(TEXT, 6, 8)]) == "one\r\n\nthree"
    assert text_edits.apply_text_edits(TEXT, [text_edits.delete_lines(TEXT, 1, 6)]) == "\nthree"


LINES = st.lists(
    st.sampled_from(["a", "b ", "", "\\ No newline", "-c", "+d", "e\t", "\u2028f", "\x0cg", "h\r"]), max_size=9
)
TEXTS = st.tuples(LINES, st.booleans()).map(lambda made: "\n".join(made[0]) + "\n" * made[1])


@settings(deadline=None, max_examples=40)
@given(before=TEXTS, after=TEXTS, context=st.sampled_from([1, 3]))
def test_git_makes_of_one_text_the_other_and_back_by_the_difference(tmp_path_factory, before, after, context):
    name = "a folder/jvm.config"
    difference = git_unified_diff(name, before, after, context=context)
    if not (before and after and difference):
        return
    clone = Clone(tmp_path_factory.mktemp("diff") / "clone")
    clone.write({name: before})

    clone.git("apply", "--whitespace=nowarn", given=difference)
    assert (clone.folder / name).read_bytes() == after.encode()
    clone.git("apply", "--whitespace=nowarn", "--reverse", given=difference)
    assert (clone.folder / name).read_bytes() == before.encode()


def test_nothing_differs_where_nothing_has_changed():
    assert git_unified_diff("file", TEXT, TEXT) == ""
