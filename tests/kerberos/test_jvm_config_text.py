"""A jvm.config is read as the real launchers read it, and changed no more than it takes."""

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import REQUIRED
from tests.kerberos import launchers
from tests.servers.__main__ import CACHE

from trinokit.kerberos.argument_faults import argument_fault
from trinokit.kerberos.flag_in_arguments import is_in_force, join_two_word_flags
from trinokit.kerberos.jvm_config_text import (
    LineEdit,
    config_arguments,
    config_with_flags,
    launcher_of_version,
    required_edits,
)

KRB5 = "--add-exports=java.security.jgss/sun.security.krb5=ALL-UNNAMED"
INTERNAL = "--add-exports=java.security.jgss/sun.security.krb5.internal=ALL-UNNAMED"
CRYPTO = "--add-exports=java.security.jgss/sun.security.krb5.internal.crypto=ALL-UNNAMED"
CCACHE = "--add-exports=java.security.jgss/sun.security.krb5.internal.ccache=ALL-UNNAMED"
KTAB = "--add-exports=java.security.jgss/sun.security.krb5.internal.ktab=ALL-UNNAMED"
FIVE = (KRB5, INTERNAL, CRYPTO, CCACHE, KTAB)
SEED = " \\\n".join(FIVE) + "\n"

# What people write into a jvm.config, whole or as a part of a line.
PARTS = st.sampled_from(
    [*FIVE, "--add-opens=java.base/java.nio=ALL-UNNAMED", "-server", "-Xmx8G", "-Da=1", "-Da=2", "-Dpath=C:\\x"]
    + ['-Dquoted="a b"', "# a note", "!", "#", "", " ", "  ", "\t", "\f", "\u00a0", "\\", " \\", "\\\\", '"', "'"]
    + ["--add-exports", KRB5.removeprefix("--add-exports="), KRB5.replace("=", " ", 1), KRB5.lower(), KRB5 + ","]
    + ["–add-exports", "é", "\ufeff", "x", ","]
)
LINES = st.lists(PARTS, max_size=4).map("".join)
ENDS = st.sampled_from(["\n", "\n", "\r\n", "\r"])
TEXTS = st.lists(st.tuples(LINES, ENDS), max_size=8).flatmap(
    lambda lines: st.tuples(st.just("".join(line + end for line, end in lines)), LINES).map("".join)
)
SETTINGS = ["-Da=1", "-XX:+UseG1GC", "-Dkrb5.conf=a b", "--add-opens=java.base/java.nio=ALL-UNNAMED"]
FLAGS = st.lists(st.sampled_from([*FIVE, *SETTINGS]), max_size=5, unique=True)
LAUNCHERS = st.sampled_from(["go", "python"])

MATRIX = {
    "the five": "-Xmx256M\n" + "\n".join(FIVE) + "\n",
    "trailing blank": f"-Xmx256M\n{KRB5} \n",
    "the seed": f"-Xmx256M\n{SEED}",
    "the seed and a flag behind it": f"{KRB5} \\\n{INTERNAL} \\\n-Xmx256M\n",
    "a backslash on the last line": f"-Xmx256M\n{KRB5} \\\n",
    "a backslash and a blank line": f"{KRB5} \\\n\n-Xmx256M\n",
    "two on one line": f"-Xmx256M\n{KRB5} {INTERNAL}\n",
    "twice": f"-Xmx256M\n{KRB5}\n{KRB5}\n",
    "trailing tab": f"-Xmx256M\n{KRB5}\t\n",
    "CR LF": f"-Xmx256M\r\n{KRB5}\r\n",
    "leading blanks": f"-Xmx256M\n  {KRB5}\n",
    "space form": f"-Xmx256M\n{KRB5.replace('=', ' ', 1)}\n",
    "two-line form": f"-Xmx256M\n{KRB5.replace('=', chr(10), 1)}\n",
    "quoted": f'-Xmx256M\n"{KRB5}"\n',
    "comment behind": f"-Xmx256M\n{KRB5} # kerberos\n",
    "swallowed": f"-Xmx256M \\\n{KRB5}\n",
    "nothing": "",
    "lone backslash": "-Xmx1G\n\\\n",
    "lone backslash, CR LF": "-Xmx1G\r\n\\\r\n",
    "lone backslash, CR": "-Xmx1G\r\\\r",
    "lone backslash, no end": "\\",
    "lone backslash, then a comment": "\\\n# x\n-Xmx1G\n",
    "lone backslash, then a blank": "\\\n  ",
    "joined with a comment": "-Da=1\\\n  # x\n! y\n-Db",
    "two backslashes": "-Da=x\\\\\n-Db=1\n",
    "long": "# " + "x" * 8190 + "\n-Da=" + "y" * 9000 + "\\\n  z\n",
}


@pytest.fixture(scope="module")
def real(servers, tmp_path_factory):
    """The real launchers by name."""
    found = {"go": launchers.go(CACHE, tmp_path_factory.mktemp("go"))}
    found["python"] = launchers.python(CACHE, tmp_path_factory.mktemp("python"))
    if found["python"] is None:
        (pytest.fail if REQUIRED else pytest.skip)("no Maven fetches the launcher; install it: apt-get install maven")
    return found


@pytest.mark.parametrize("name", ["go", "python"])
def test_the_real_launcher_gives_the_same_arguments_for_each_form(name, real):
    assert {form: real[name].arguments(text) for form, text in MATRIX.items()} == {
        form: config_arguments(text, name) for form, text in MATRIX.items()
    }


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
def test_the_real_launcher_in_go_gives_the_same_arguments_for_any_text(text, real):
    assert real["go"].arguments(text) == config_arguments(text, "go")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXTS)
def test_the_real_launcher_in_python_gives_the_same_arguments_for_any_text(text, real):
    assert real["python"].arguments(text) == config_arguments(text, "python")


@pytest.mark.parametrize(
    ("trino", "name"),
    [
        ("465", "python"),
        ("466", "go"),
        ("476-kerberos.2", "go"),
        ("v413", "python"),
        ("413-e.12", "python"),
        ("latest", "go"),
        ("", "go"),
        ("2024.1", "go"),
    ],
)
def test_the_version_tells_the_launcher(trino, name):
    assert launcher_of_version(trino) == name


def test_the_launchers_read_one_text_differently():
    text = f"-Xmx1G \n! {KRB5}\n-Da=1 \\\n  -Db=2\n"

    assert config_arguments(text, "go") == ("-Xmx1G ", "-Da=1 -Db=2")
    assert config_arguments(text, "python") == ("-Xmx1G", f"! {KRB5}", "-Da=1 \\", "-Db=2")


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("-Da=1\\\n  # x\n! y\n-Db", ("-Da=1# x", "-Db")),
        ("-Da=x\\\\\n-Db=1\n", ("-Da=x\\\\", "-Db=1")),
        ("\\\n# x\n-Xmx1G\n", ("-Xmx1G",)),
        ("-Xmx1G\n\\\n", ("-Xmx1G", "")),
        ("-Xmx1G\r\n\\\r\n", ("-Xmx1G",)),
        ("-Da=1 \\\n\n-Db\n", ("-Da=1 ", "-Db")),
        ("\f\t-Da\r-Db\r\n", ("-Da", "-Db")),
        ("\u00a0-Da\u00a0\n", ("\u00a0-Da\u00a0",)),
    ],
)
def test_the_launcher_in_go_joins_and_drops_lines_as_java_properties_do(text, given):
    assert config_arguments(text, "go") == given


def test_nothing_is_edited_where_all_are_in_force():
    text = MATRIX["the five"]

    assert required_edits(text.splitlines(), FIVE, "go") == ()
    assert config_with_flags(text, FIVE, "go") == text


def test_the_five_pasted_lines_become_five_lines():
    assert required_edits(SEED.splitlines(), FIVE, "go") == (LineEdit(0, 5, FIVE),)
    assert config_with_flags(f"-Xmx1G\n{SEED}# end\n", FIVE, "go") == "-Xmx1G\n" + "\n".join(FIVE) + "\n# end\n"
    assert required_edits(SEED.splitlines(), FIVE, "python") == tuple(
        LineEdit(at, at + 1, (FIVE[at],)) for at in range(4)
    )


def test_a_flag_that_was_swallowed_gets_a_line_of_its_own_again():
    text = f"{KRB5} \\\n{INTERNAL} \\\n-Xmx256M\n-server\n"

    assert config_with_flags(text, [KRB5], "go") == f"{KRB5}\n{INTERNAL}\n-Xmx256M\n-server\n"


def test_what_is_missing_is_added_before_the_blank_lines_at_the_end():
    assert config_with_flags("-Xmx1G\n\n\n", [KRB5], "go") == f"-Xmx1G\n{KRB5}\n\n\n"
    assert config_with_flags("-Xmx1G", [KRB5], "go") == f"-Xmx1G\n{KRB5}\n"
    assert config_with_flags("", [KRB5, KTAB], "go") == f"{KRB5}\n{KTAB}\n"
    assert config_with_flags("-Xmx1G\n# the end\n", [KRB5], "go") == f"-Xmx1G\n# the end\n{KRB5}\n"


def test_the_line_ends_of_the_file_are_kept():
    assert config_with_flags("-Xmx1G\r\n", [KRB5], "go") == f"-Xmx1G\r\n{KRB5}\r\n"
    assert config_with_flags(f"-Xmx1G\r\n{KRB5} {KTAB}", [KRB5], "go") == f"-Xmx1G\r\n{KRB5}\r\n{KTAB}"
    assert config_with_flags(f"-ea\r\n{KRB5} {KTAB}\n-da", [KRB5], "go") == f"-ea\r\n{KRB5}\n{KTAB}\n-da"
    assert config_with_flags(f"{KRB5} \\", [KRB5, KTAB], "go") == f"{KRB5}\n{KTAB}\n"


@pytest.mark.parametrize(
    ("broken", "mended"),
    [
        (f"{KRB5} \n", f"{KRB5}\n"),
        (f"{KRB5}\t\n", f"{KRB5}\n"),
        (f"{KRB5}\u00a0\n", f"{KRB5}\n"),
        (f'"{KRB5}"\n', f"{KRB5}\n"),
        (f"“{KRB5}” “{KTAB}”\n", f"{KRB5}\n{KTAB}\n"),
        (f"{KRB5} # kerberos\n", f"# kerberos\n{KRB5}\n"),
        (f"{KRB5}{KTAB}\n", f"{KRB5}\n{KTAB}\n"),
        (f"{KRB5}\\\n{KTAB}\\\n# x\n-Xmx1G\n", f"{KRB5}\n# x\n{KTAB}\n-Xmx1G\n"),
        (f"-Dx=a b \\\n -Xmx1G {KRB5}\n", f"-Dx=a b\n-Xmx1G\n{KRB5}\n"),
        (KRB5.replace("=", " ", 1) + "\n", f"{KRB5}\n"),
        (KRB5.replace("=", "\n", 1) + " \n", f"{KRB5}\n"),
        (KRB5.replace("--", "—") + "\n", f"{KRB5}\n"),
        (KRB5.replace("--add-exports", "-add-export") + "\n", f"{KRB5}\n"),
        (KRB5.replace("ALL-UNNAMED", "all-unnamed") + "\n", f"{KRB5}\n"),
        (KRB5.replace("krb5", "krb5,sun.security.krb5.internal") + "\n", f"{KRB5}\n{INTERNAL}\n"),
        (f"-Xmx1G \\\n{KRB5}\n", f"-Xmx1G\n{KRB5}\n"),
        (f"{KRB5} --add-exports\n-Xmx1G\n", f"{KRB5}\n-Xmx1G\n"),
        (f"{KRB5} \\\n\n\n-Xmx1G\n", f"{KRB5}\n\n-Xmx1G\n"),
        (f"{KRB5} \\", f"{KRB5}"),
        (f"-Dx=C:\\ {KRB5}\n-ea\n", f"-Dx=C:\n{KRB5}\n-ea\n"),
        (f"-Dx=C:\\\\ {KRB5}\n-ea\n", f"-Dx=C:\\\\\n{KRB5}\n-ea\n"),
        (KRB5.replace("--add-exports", "--ADD-EXPORTS") + "\n", f"{KRB5}\n"),
        (f"{KRB5};\n", f"{KRB5}\n"),
        # A comment between an option and its value stays, so the value is left as it is.
        (KRB5.replace("=", "\n# why\n", 1) + " \n", KRB5.replace("=", "\n# why\n", 1) + f" \n{KRB5}\n"),
        ("--add-exports\n\n--add-exports\n", f"--add-exports\n\n--add-exports\n{KRB5}\n"),
        # What is wrong and none of the flags stays: an empty line keeps it from taking the flag in.
        ("-Xmx1G \\", f"-Xmx1G \\\n\n{KRB5}\n"),
        ("-Xmx1G\n--add-opens\n", f"-Xmx1G\n{KRB5}\n--add-opens\n"),
        (KRB5.replace("krb5", "krb5.*") + "\n", KRB5.replace("krb5", "krb5.*") + f"\n{KRB5}\n"),
    ],
)
def test_a_broken_form_is_mended_where_it_stands(broken, mended):
    assert config_with_flags(broken, [KRB5], "go") == mended
    assert is_in_force(KRB5, config_arguments(mended, "go"), None)


def test_a_setting_is_changed_where_it_counts():
    text = "-Da=2\n-XX:-UseG1GC\n# note\n-Da=3\n"

    assert config_with_flags(text, ["-Da=1", "-XX:+UseG1GC"], "go") == "-Da=2\n-XX:+UseG1GC\n# note\n-Da=1\n"
    assert config_with_flags("-Da=2 -Db=3\n", ["-Da=1"], "go") == "-Da=1\n-Db=3\n"
    assert config_with_flags("-Da=2 -Da=3\n", ["-Da=1"], "go") == "-Da=2\n-Da=1\n"
    assert config_with_flags("-Xmx1G\n", ["-Da=1", "-Da=2"], "go") == "-Xmx1G\n-Da=2\n"


@settings(max_examples=400, deadline=None)
@given(text=TEXTS, flags=FLAGS, launcher=LAUNCHERS)
def test_after_the_edit_every_flag_is_in_force_and_a_second_edit_changes_nothing(text, flags, launcher):
    after = config_with_flags(text, flags, launcher)

    assert [flag for flag in flags if not is_in_force(flag, config_arguments(after, launcher), None)] == []
    assert config_with_flags(after, flags, launcher) == after


@settings(max_examples=400, deadline=None)
@given(text=TEXTS, flags=FLAGS, launcher=LAUNCHERS)
def test_what_is_not_edited_stays_to_the_byte(text, flags, launcher):
    lines = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)
    made = required_edits([line.rstrip("\r\n") for line in lines], flags, launcher)
    after = config_with_flags(text, flags, launcher)

    touched = {at for edit in made for at in range(edit.first, edit.end)}
    kept = [line.rstrip("\r\n") if at == len(lines) - 1 else line for at, line in enumerate(lines) if at not in touched]
    place = 0
    for line in kept:
        place = after.index(line, place) + len(line)
    ends = [edit.end for edit in made]
    assert ends == sorted(ends)
    assert all(before.end <= edit.first for before, edit in zip(made, made[1:], strict=False))


@settings(max_examples=300, deadline=None)
@given(text=TEXTS, flags=FLAGS, launcher=LAUNCHERS)
def test_no_sound_argument_is_lost_by_an_edit(text, flags, launcher):
    before, after = (
        join_two_word_flags(config_arguments(each, launcher))
        for each in (text, config_with_flags(text, flags, launcher))
    )
    settings = {re.match(r"-D[^=]+|[^=]+", flag)[0] for flag in flags if flag.startswith("-D")}

    sound = [each for each in before if each.startswith("-") and not argument_fault(each)]
    assert [each for each in sound if each not in after and not each.startswith(tuple(settings))] == []
