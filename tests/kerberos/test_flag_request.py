"""Flags are understood however they were pasted, what was changed is told, and what would be void is refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trinokit.errors import ParameterError
from trinokit.kerberos import flag_request
from trinokit.kerberos.flag_request import FlagCorrection, RequestedFlags, render_jvm_config, requested_flags
from trinokit.kerberos.jvm_config_text import config_arguments

KRB5 = "java.security.jgss/sun.security.krb5"
NAMES = ["", ".internal", ".internal.crypto", ".internal.ccache", ".internal.ktab"]
SEED = tuple(f"--add-exports={KRB5}{name}=ALL-UNNAMED" for name in NAMES)
ONE, TWO = SEED[:2]
QUOTES = "quotes were removed: nothing takes them off in a jvm.config"
SHELL = "the backslash at its end was removed: it is a shell's"
BLANKS = "blanks around it were removed"
JOINED = "an option and its value became one, with ="
DASH = "a long dash became the hyphens that were meant"
COMMA = "the comma behind it was removed"
SECRET = (
    "has a secret behind it, which is not repeated here and would stand in every list of processes: keep it in a file"
    " or in an environment variable"
)


def refused(*pasted: str) -> str:
    """Why the items are refused, without what all such messages say."""
    with pytest.raises(ParameterError, match="^Expected JVM flags, found") as caught:
        requested_flags(pasted)
    assert caught.value.remedy.endswith(" --add-exports=MODULE/PACKAGE=ALL-UNNAMED")
    return caught.value.message.removeprefix("Expected JVM flags, found ").removesuffix(".")


def test_flags_that_need_nothing_are_left_alone():
    others = ("-Xmx8G", "-XX:+UseG1GC", "-server", "-Dsun.security.krb5.debug=true", "-Da.b", "-ea", "-verbose:gc")
    others += ("--add-opens=java.base/java.nio=ALL-UNNAMED,java.sql", "--enable-native-access=ALL-UNNAMED")
    others += ("-XX:OnOutOfMemoryError=kill -9 %p", "-Dx=a b", "-Dpath=C:\\temp", "-agentlib:jdwp=transport=dt_socket")
    others += ("-Djavax.security.auth.password.file=/etc/x", "--add-exports=a/b.token=ALL-UNNAMED", "-Dy=\\d+#1")

    assert requested_flags([*SEED, *others]) == RequestedFlags((*SEED, *others))


def test_the_lines_of_a_shell_are_understood():
    block = " \\\n".join(SEED)

    assert requested_flags([block]) == RequestedFlags(
        SEED, tuple(FlagCorrection(f"{each} \\", (each,), SHELL) for each in SEED[:4])
    )
    assert requested_flags([f"{each} \\" for each in SEED]).flags == SEED
    assert requested_flags([f"java \\\n  {block.replace('=java', ' java')}"]).flags == SEED


@pytest.mark.parametrize(
    ("pasted", "why"),
    [
        (f'"{ONE}"', QUOTES),
        (f"'{ONE}'", QUOTES),
        (f"“{ONE}”", QUOTES),
        (f"„{ONE}“", QUOTES),
        (f"`{ONE}`", QUOTES),
        (ONE.replace("=ALL-UNNAMED", '="ALL-UNNAMED"'), QUOTES),
        (f"{ONE}\\", SHELL),
        (f"{ONE} \\", SHELL),
        (f'"{ONE}" \\', f"{QUOTES}; {SHELL}"),
        (f"  {ONE}", BLANKS),
        (f"\t{ONE}\t", BLANKS),
        (f"{ONE} ", BLANKS),
        (f"{ONE}\u00a0", f"blanks of another kind, such as a no-break space, became plain ones; {BLANKS}"),
        (f"\ufeff{ONE}", "invisible characters were removed (U+FEFF)"),
        (ONE.replace("krb5", "kr\u200bb\u00ad5"), "invisible characters were removed (U+00AD, U+200B)"),
        (f"\u202a{ONE}\u202c", "invisible characters were removed (U+202A, U+202C)"),
        (ONE.replace("--", "–", 1), DASH),
        (ONE.replace("--", "—", 1), DASH),
        (ONE.replace("--", "-–", 1), DASH),
        (ONE.replace("ALL-", "ALL\u2011"), DASH),
        (ONE.replace("--add-exports=", "--add-exports "), JOINED),
        (ONE.replace("--add-exports=", "--add-exports   "), JOINED),
        (f"{ONE},", COMMA),
        (f'"{ONE}",', f"{COMMA}; {QUOTES}"),
        (f"- {ONE}", "the dash of a list was removed"),
        (f"  - '{ONE}'", f"{BLANKS}; the dash of a list was removed; {QUOTES}"),
        (f"* {ONE}", "the dash of a list was removed"),
        (f"{ONE} # for Kerberos", "the comment behind it was removed"),
        (ONE.replace("ALL-UNNAMED", "all-unnamed"), "the target became ALL-UNNAMED"),
        (ONE.replace("ALL-UNNAMED", "ALL_UNNAMED"), "the target became ALL-UNNAMED"),
    ],
)
def test_what_was_changed_in_a_flag_is_told(pasted, why):
    assert requested_flags([pasted]) == RequestedFlags((ONE,), (FlagCorrection(pasted, (ONE,), why),))


def test_windows_line_ends_are_told_with_each_line():
    why = "the line end of Windows was removed"

    assert requested_flags([f"{ONE}\r\n{TWO}\r\n"]) == RequestedFlags(
        (ONE, TWO), (FlagCorrection(f"{ONE}\r", (ONE,), why), FlagCorrection(f"{TWO}\r", (TWO,), why))
    )


def test_several_flags_on_one_line_are_taken_apart():
    line = f"{ONE} \\ {TWO} -Xmx8G"
    quoted = f'"{ONE} {TWO}"'

    assert requested_flags([f"{ONE} {TWO}"]) == RequestedFlags(
        (ONE, TWO), (FlagCorrection(f"{ONE} {TWO}", (ONE, TWO), "the line was taken apart into 2 flags"),)
    )
    assert requested_flags([line]).corrections == (
        FlagCorrection(line, (ONE, TWO, "-Xmx8G"), f"{SHELL}; the line was taken apart into 3 flags"),
    )
    assert requested_flags([quoted]).corrections == (
        FlagCorrection(
            f"{ONE} {TWO}",
            (ONE, TWO),
            "quotes around several flags were removed; the line was taken apart into 2 flags",
        ),
    )


def test_flags_that_are_quoted_one_by_one_are_taken_apart():
    line = f'"{ONE}" "{TWO}"'

    assert requested_flags([line]) == RequestedFlags(
        (ONE, TWO), (FlagCorrection(line, (ONE, TWO), f"{QUOTES}; the line was taken apart into 2 flags"),)
    )
    assert requested_flags([f'"{ONE}" {TWO} "{SEED[2]}"']).flags == SEED[:3]


def test_an_option_and_its_value_may_be_two_items():
    value = ONE.removeprefix("--add-exports=")

    assert requested_flags(["--add-exports", value, TWO]) == RequestedFlags(
        (ONE, TWO), (FlagCorrection(f"--add-exports\n{value}", (ONE,), JOINED),)
    )
    assert requested_flags(["--add-exports \\", f"  {value}"]).flags == (ONE,)
    assert requested_flags(["--add-exports", value.replace("ALL-", "all–")]).corrections == (
        FlagCorrection(
            f"--add-exports\n{value.replace('ALL-', 'all–')}",
            (ONE,),
            f"{JOINED}; {DASH}; the target became ALL-UNNAMED",
        ),
    )
    assert refused("--add-exports", TWO) == "1 that cannot be taken: --add-exports: lacks its value"
    assert requested_flags([f"--add-exports\n{value}\n--add-modules\njava.sql"]).flags == (
        ONE,
        "--add-modules=java.sql",
    )


@pytest.mark.parametrize(
    ("prefix", "why"),
    [
        ("java", "is the program, and was left out"),
        ("/usr/bin/java", "is the program, and was left out"),
        ("JAVA_TOOL_OPTIONS=", "is a variable, which a jvm.config cannot set, and was left out"),
        ("export JDK_JAVA_OPTIONS=", "is a variable, which a jvm.config cannot set, and was left out"),
        ("ENV JAVA_OPTS=", "is a variable, which a jvm.config cannot set, and was left out"),
    ],
)
def test_what_stands_before_the_flags_is_left_out(prefix, why):
    between = "" if prefix.endswith("=") else " "

    assert requested_flags([f"{prefix}{between}{ONE}"]) == RequestedFlags((ONE,), (FlagCorrection(prefix, (), why),))
    assert requested_flags([f'{prefix}{between}"{ONE} \\\n {TWO}"']).flags == (ONE, TWO)


def test_values_of_helm_are_understood():
    block = f'coordinator:\n  additionalJVMConfig:\n    # for Kerberos\n    - {ONE}\n    - "{TWO}"\n'

    found = requested_flags([block])

    assert found.flags == (ONE, TWO)
    assert [(each.pasted.strip(), each.flags) for each in found.corrections] == [
        ("coordinator:", ()),
        ("additionalJVMConfig:", ()),
        ("# for Kerberos", ()),
        (f"- {ONE}", (ONE,)),
        (f'- "{TWO}"', (TWO,)),
    ]


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_list_of_another_language_is_understood(quote):
    items = [f"{quote}{each}{quote}" for each in SEED]

    assert requested_flags([f"[{','.join(items)}]"]).flags == SEED
    assert requested_flags([f"[\n  {', '.join(items)},\n]"]).flags == SEED
    assert requested_flags(["[", *(f"  {each}," for each in items), "]"]).flags == SEED
    assert requested_flags([f"```\n{render_jvm_config(SEED)}```"]).flags == SEED


def test_one_text_in_place_of_a_list_is_one_item():
    assert requested_flags(render_jvm_config(SEED)) == RequestedFlags(SEED)


def test_a_flag_that_is_there_twice_is_kept_once():
    again = f"{ONE} {TWO}"

    assert requested_flags([ONE, ONE, again]) == RequestedFlags(
        (ONE, TWO),
        (
            FlagCorrection(ONE, (), "what is wanted twice is kept once"),
            FlagCorrection(again, (TWO,), "the line was taken apart into 2 flags; what is wanted twice is kept once"),
        ),
    )


def test_blanks_in_a_value_are_kept_as_a_jvm_config_keeps_them():
    assert requested_flags(["-Dx=a  b"]) == RequestedFlags(("-Dx=a  b",))
    assert requested_flags(['-Dx="a  b"']).flags == ("-Dx=a  b",)
    assert requested_flags(['"-Dx=a  b"']).flags == ("-Dx=a  b",)
    assert requested_flags(['-XX:OnOutOfMemoryError="kill -9 %p"', "-Dx=a #b"]).flags == (
        "-XX:OnOutOfMemoryError=kill -9 %p",
        "-Dx=a",
    )


def test_a_dash_of_a_word_processor_is_one_hyphen_before_a_property():
    assert requested_flags(["–Dx=a–b", "—Xmx8G", "–XX:+UseG1GC"]).flags == ("-Dx=a–b", "-Xmx8G", "-XX:+UseG1GC")


@pytest.mark.parametrize("pasted", [[], [""], [" \n"], ["# a comment"], ["\\"], ["additionalJVMConfig:"], ["java "]])
def test_at_least_one_flag_has_to_be_wanted(pasted):
    with pytest.raises(ParameterError, match="Expected JVM flags, found"):
        requested_flags(pasted)


@pytest.mark.parametrize(
    ("flag", "why"),
    [
        ("hello", "does not begin with -: the JVM takes it for the class to run"),
        ("-add-exports=a/b=ALL-UNNAMED", "is no option of the JVM: --add-exports is meant"),
        ("--add-export=a/b=ALL-UNNAMED", "is no option of the JVM: --add-exports is meant"),
        ("--Add-Exports=a/b=ALL-UNNAMED", "is no option of the JVM: --add-exports is meant"),
        ("--add-exports:a/b=ALL-UNNAMED", "is no option of the JVM; did you mean --add-exports?"),
        ("-add-modules=java.sql", "is no option of the JVM; did you mean --add-modules?"),
        ("--add-module=java.sql", "is no option of the JVM; did you mean --add-modules?"),
        ("--nonsense", "is no option of the JVM"),
        ("-nonsense", "is no option of the JVM"),
        ("-D", "is no option of the JVM"),
        ("-D=a", "is no option of the JVM"),
        ("--add-exports", "lacks its value"),
        ("--add-exports=", "lacks its value"),
        ("--add-modules", "lacks its value"),
        ("--add-modules=", "lacks its value"),
        (
            "--add-modules=java.sql;java.xml",
            "is followed by something else than names of modules with commas between them",
        ),
        ("--add-exports=java.base=ALL-UNNAMED", "lacks a package"),
        ("--add-exports=java.base/=ALL-UNNAMED", "lacks a package"),
        ("--add-exports=java.base/a", "lacks a target such as =ALL-UNNAMED"),
        ("--add-exports=java.base/a=", "lacks a target such as =ALL-UNNAMED"),
        ("--add-exports=java.base/a.*=ALL-UNNAMED", "has a wildcard, which the JVM takes for a name"),
        ("--add-exports=java.*/a=ALL-UNNAMED", "has a wildcard, which the JVM takes for a name"),
        ("--add-opens=java.base/a,b=ALL-UNNAMED", "names several packages: each needs a flag of its own"),
        ("--add-exports=java.base/1a=ALL-UNNAMED", "has 1a, which is no name in Java"),
        ("--add-exports=java.base/\u0430b=ALL-UNNAMED", "has \u0430b, which is no name in Java"),
        ("--add-exports=a/b=ALL-UNAMED", "is for ALL-UNAMED, which is no module: ALL-UNNAMED is meant"),
        ("-Djdk.module.addexports.0=a/b=ALL-UNNAMED", "is ignored by the JVM: -Djdk.module.* is reserved"),
        ("--illegal-access=permit", "was removed in Java 17"),
        ("@flags.txt", "takes flags out of a file: name the flags themselves"),
        ("-XX:VMOptionsFile=flags.txt", "takes flags out of a file: name the flags themselves"),
        ("-jar", "says what is run, which is the launcher's to say"),
        ("-version", "makes the JVM print something in place of, or before, what it is to run"),
        ("--dry-run", "makes the JVM print something in place of, or before, what it is to run"),
        ("-Dx=${ENV:X}", "has a reference in it, which nothing replaces in a jvm.config"),
        ("-Dx=$HOME/x", "has a reference in it, which nothing replaces in a jvm.config"),
        ("-Dx={{ .Values.x }}", "has a reference in it, which nothing replaces in a jvm.config"),
        ("-Dx=it's", "has a quote in it, of which cannot be told whether it belongs there"),
        ("-Dx=\x1b[1m", "has a control character in it"),
    ],
)
def test_a_flag_that_cannot_be_taken_is_refused_with_the_reason(flag, why):
    assert refused(ONE, flag) == f"1 that cannot be taken: {flag}: {why}"


def test_what_looks_like_two_flags_in_one_is_refused():
    assert refused('-Dx="a -jar b"') == (
        "1 that cannot be taken: -Dx=a -jar b: has something in it that looks like the next flag"
    )
    assert refused(f"{ONE},{TWO}") == f"1 that cannot be taken: {ONE},{TWO}: two flags in one argument"


def test_every_flag_that_is_refused_is_named_at_once():
    found = refused("hello", ONE, "--add-export=a/b=ALL-UNNAMED", "java -Dx=1 io.trino.server.TrinoServer")

    assert found == (
        "3 that cannot be taken: hello: does not begin with -: the JVM takes it for the class to run;"
        " --add-export=a/b=ALL-UNNAMED: is no option of the JVM: --add-exports is meant;"
        " io.trino.server.TrinoServer: does not begin with -: the JVM takes it for the class to run"
    )


def test_two_flags_that_set_the_same_otherwise_are_refused():
    assert refused("-Da=1", "-Da=2") == "1 that cannot be taken: -Da=2: sets otherwise what -Da=1 sets"
    assert refused("-XX:+UseG1GC", "-XX:-UseG1GC").endswith("-XX:-UseG1GC: sets otherwise what -XX:+UseG1GC sets")


def test_a_long_flag_is_shortened_in_the_message():
    assert len(refused(f"--nonsense={'x' * 1000}")) < 250


@pytest.mark.parametrize(
    ("pasted", "name"),
    [
        (["-Djavax.net.ssl.trustStorePassword=hunter2"], "-Djavax.net.ssl.trustStorePassword"),
        (["-Dapi.token=hunter2 -foo hunter2"], "-Dapi.token"),
        (["--password", "hunter2"], "--password"),
        (["--password", "", "hunter2"], "--password"),
        (["--password hunter2"], "--password"),
        (["--password\nhunter2"], "--password"),
        (["password: hunter2"], "password"),
        (['{"secretKey": "hunter2"}'], "secretKey"),
        (["# password=hunter2"], "password"),
        (["-Dx=https://me:hunter2@example.com/"], "an address"),
        (["-javaagent:agent.jar=key=hunter2"], "key"),
        (["-D" + "a" * 100_000 + ".password=hunter2"], "-D" + "a" * 158 + "…"),
        (["-D\u200bpass\u200bword=hunter2 hunter2"], "-Dpassword"),
        (["-Dpassword='hunter2 hunter2"], "-Dpassword"),
        (["–Dpassword=hunter2"], "Dpassword"),
        (['JAVA_TOOL_OPTIONS="-Dsecret=hunter2"'], "-Dsecret"),
    ],
)
def test_a_secret_is_refused_and_never_repeated(pasted, name):
    assert refused(*pasted) == f"1 that cannot be taken: {name}: {SECRET}"


def test_the_table_shows_each_flag_and_what_was_changed():
    found = requested_flags(["# for Kerberos", f"{TWO}\u00a0\\\r\n{ONE}", f"{SEED[2]} {SEED[3]}", ONE])

    assert flag_request.requested_flags_table(found).to_dict("split", index=False) == {
        "columns": ["pasted", "flag", "what was changed"],
        "data": [
            [
                f"{TWO}⍽\\␍",
                TWO,
                "the line end of Windows was removed; blanks of another kind, such as a no-break space, became plain"
                f" ones; {SHELL}",
            ],
            [ONE, ONE, "nothing"],
            [f"{SEED[2]} {SEED[3]}", SEED[2], "the line was taken apart into 2 flags"],
            [f"{SEED[2]} {SEED[3]}", SEED[3], "the line was taken apart into 2 flags"],
            ["# for Kerberos", "–", "is a comment, which was left out"],
            [ONE, "–", "what is wanted twice is kept once"],
        ],
    }


def test_flags_are_rendered_a_line_each():
    assert render_jvm_config(SEED[:2]) == f"{ONE}\n{TWO}\n"
    assert render_jvm_config(()) == ""


NAMES_OF_JAVA = st.sampled_from(["java.base", "a", "a.b", "a.b$c", "a.$B", "jdk.x1_y", "org.example.Deep.er"])
TARGETS = st.sampled_from(["ALL-UNNAMED", "java.sql", "ALL-UNNAMED,java.sql", "java.sql,ALL-UNNAMED"])
KINDS = st.sampled_from(["--add-exports", "--add-opens"])
OPENING = st.builds("{}={}/{}={}".format, KINDS, NAMES_OF_JAVA, NAMES_OF_JAVA, TARGETS)
WORDS = st.text(st.sampled_from("abcXY019./:%,+=\\é"), max_size=6).map("a{}b".format)
PLAIN = st.builds("-Dp{}={}".format, st.integers(0, 10**6), WORDS)
SPACED = st.builds("-Dq{}={}".format, st.integers(0, 10**6), st.lists(WORDS, min_size=1, max_size=3).map("  ".join))
OTHERS = st.sampled_from(["-Xmx8G", "-XX:+UseG1GC", "-server", "--add-modules=java.sql", "-ea", "-Dempty="])


def lists(*kinds: st.SearchStrategy) -> st.SearchStrategy:
    """Lists of valid flags."""
    distinct = st.lists(st.one_of(*kinds), min_size=1, max_size=6, unique_by=lambda flag: flag.split("=")[0])
    several = st.lists(st.one_of(OPENING, OTHERS), min_size=1, max_size=6, unique=True)
    return st.one_of(distinct, several).map(tuple)


@given(lists(OPENING, PLAIN, SPACED, OTHERS))
def test_to_render_flags_and_parse_them_again_is_the_identity(given_flags):
    assert requested_flags(given_flags) == RequestedFlags(given_flags)
    assert requested_flags([render_jvm_config(given_flags)]) == RequestedFlags(given_flags)
    for launcher in ("go", "python"):
        assert config_arguments(render_jvm_config(given_flags), launcher) == given_flags


PASTES = {
    "a shell's lines": lambda flags: [" \\\n    ".join(flags)],
    "one line": lambda flags: [" ".join(flags)],
    "one line in quotes": lambda flags: [f'"{" ".join(flags)}"'],
    "Windows": lambda flags: ["".join(f"{each}\r\n" for each in flags)],
    "double quotes": lambda flags: [f'"{each}"' for each in flags],
    "single quotes": lambda flags: [f"'{each}'" for each in flags],
    "smart quotes": lambda flags: [f"“{each}”" for each in flags],
    "YAML": lambda flags: ["additionalJVMConfig:\n" + "".join(f"  - {each}\n" for each in flags)],
    "JSON": lambda flags: ["[" + ", ".join(f'"{each}"' for each in flags) + "]"],
    "a variable": lambda flags: [f"export JAVA_TOOL_OPTIONS='{' '.join(flags)}'"],
    "a command": lambda flags: ["java " + " ".join(flags)],
    "two words": lambda flags: [each.replace("--add-exports=", "--add-exports ") for each in flags],
    "invisible": lambda flags: [f"\ufeff{each}\u00a0\u200b\t" for each in flags],
    "commented": lambda flags: [f"# {number}\n{each} # {number}" for number, each in enumerate(flags)],
    "twice": lambda flags: [*flags, *flags],
}


@pytest.mark.parametrize("form", PASTES)
@settings(max_examples=25)
@given(given_flags=lists(OPENING, PLAIN, OTHERS))
def test_each_form_in_which_flags_are_pasted_gives_the_same_flags(form, given_flags):
    found = requested_flags(PASTES[form](given_flags))

    assert found.flags == given_flags
    assert requested_flags(found.flags) == RequestedFlags(given_flags)


FRAGMENTS = [ONE, "–add-exports=a/b=ALL-UNNAMED", "--add-exports", "--add-modules", "a/b=ALL-UNNAMED", "all-unnamed"]
FRAGMENTS += ["-Dx=1", "-Dy=", "-Dz=a–b", "-XX:OnError=", "kill -9 %p", "-Xmx8G", "-jar", "java ", "JAVA_OPTS=", "key:"]
FRAGMENTS += [
    "\\",
    "\n",
    "\r\n",
    " ",
    "  ",
    "\t",
    '"',
    "'",
    "`",
    "“",
    "”",
    "#",
    ",",
    ";",
    "- ",
    "-",
    "--",
    "[",
    "]",
    "*",
]
FRAGMENTS += ["\u00a0", "\u200b", "\ufeff", "\u2028", "\x0b", "@x", "=", "b", "é"]


@given(st.lists(st.lists(st.sampled_from(FRAGMENTS), max_size=6).map("".join), max_size=3))
def test_whatever_is_pasted_is_understood_for_good_or_refused(pasted):
    try:
        found = requested_flags(pasted)
    except ParameterError:
        return
    assert requested_flags(found.flags) == RequestedFlags(found.flags)
    assert requested_flags([render_jvm_config(found.flags)]) == RequestedFlags(found.flags)
    assert config_arguments(render_jvm_config(found.flags), "go") == found.flags
