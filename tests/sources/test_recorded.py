"""Each question is answered from rows that a reader can count by hand."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pandas as pd
import pytest
from tests.recordings import LISTENER, WINDOW, query, write_recording

from trinokit.errors import ParameterError, SourceError
from trinokit.objects import Object, Objects
from trinokit.sources.recorded import Recorded


def rows(table: pd.DataFrame) -> list[tuple]:
    return list(table.astype(object).where(table.notna(), None).itertuples(index=False, name=None))


def at(minute: str) -> pd.Timestamp:
    return pd.Timestamp(f"2026-07-01 12:{minute}:00")


def test_execution_time_counts_finished_queries_only(recorded):
    source = recorded(
        [
            query("120010", 1, execution_time_millis=100),
            query("120020", 2, execution_time_millis=300),
            query("120030", 3, execution_time_millis=90_000, query_state="FAILED"),
            query("120110", 4, execution_time_millis=0),
        ]
    )

    [first, second] = rows(source.ask("execution_time", **WINDOW, bin_minutes=1))

    assert first[:3] == (at("00"), 2, 200.0)
    assert first[3] == pytest.approx(100, rel=0.01)
    assert second == (at("01"), 1, 0.0, 0.0, 0.0)


def test_percentiles_stay_within_one_percent_of_the_exact_rank(recorded):
    times = [int(1.05**step) for step in range(1, 301)]
    source = recorded([query("120010", number, execution_time_millis=time) for number, time in enumerate(times)])

    [(_, count, _, p95, p99)] = rows(source.ask("execution_time", **WINDOW, bin_minutes=60))

    assert count == 300
    assert p95 == pytest.approx(times[int(0.95 * 299)], rel=0.0101)
    assert p99 == pytest.approx(times[int(0.99 * 299)], rel=0.0101)


def test_bins_are_as_wide_as_asked_and_start_at_whole_multiples(recorded):
    source = recorded([query("120459", 1), query("120500", 2), query("121459", 3, query_state="FAILED")])

    assert rows(source.ask("throughput", **WINDOW, bin_minutes=5)) == [
        (at("00"), 1, 0),
        (at("05"), 1, 0),
        (at("10"), 1, 1),
    ]


def test_the_window_includes_its_start_and_not_its_end(recorded):
    source = recorded([query("115959", 1), query("120000", 2), query("125959", 3), query("130000", 4)])

    assert rows(source.ask("extent", **WINDOW)) == [(2, at("00"), pd.Timestamp("2026-07-01 12:59:59"))]


def test_the_longest_queries_come_with_their_state_and_masked_text(recorded):
    source = recorded(
        [
            query("120001", 1, execution_time_millis=5, query="SELECT 'a'"),
            query("120002", 2, execution_time_millis=9, query_state="FAILED", query="SELECT 'b'"),
            query("120003", 3, execution_time_millis=9, query="EXECUTE p", prepared_query="SELECT 'c' WHERE x = ?"),
        ]
    )

    assert rows(source.ask("longest_queries", **WINDOW, rows=2)) == [
        ("20260701_120002_00002_aaaaa", "alice", "FAILED", 9, "SELECT ?"),
        ("20260701_120003_00003_aaaaa", "alice", "FINISHED", 9, "SELECT ? WHERE x = ?"),
    ]


def test_the_last_line_of_the_load_is_everybody_else_and_shares_add_up(recorded):
    users = ["ann", "ann", "ann", "bob", "bob", "cem", "dan"]
    source = recorded([query("120001", number, user=user) for number, user in enumerate(users)])

    table = source.ask("load_per_user", **WINDOW, rows=2)

    assert rows(table)[-1][:3] == ("(all others)", 2, 2)
    assert list(table["user"]) == ["ann", "bob", "(all others)"]
    assert table["share_of_queries"].sum() == pytest.approx(1)
    assert table["share_of_execution_time"].sum() == pytest.approx(1)


def test_an_average_is_missing_where_no_query_finished(recorded):
    source = recorded([query("120001", 1, query_state="FAILED", execution_time_millis=0)])

    assert rows(source.ask("load_per_user", **WINDOW, rows=1)) == [("alice", 1, 1, 1, None, 1.0, None)]


def test_statements_that_could_not_be_parsed_have_a_line(recorded):
    source = recorded(
        [query("120001", 1), query("120002", 2), query("120003", 3, query_type=None, query_state="FAILED")]
    )

    assert rows(source.ask("query_types", **WINDOW)) == [("SELECT", 2, 0, 2 / 3), ("(not parsed)", 1, 1, 1 / 3)]


def test_active_and_queued_come_from_the_coordinator_and_zero_is_said(recorded):
    running = [{"query_id": "x1"}, {"query_id": "x2", "state": "PLANNING"}, {"query_id": "x3", "state": "FINISHED"}]
    source = recorded([query("120001", 1), query("120002", 2, query_state="FAILED")], running=running)

    assert rows(source.ask("query_states", **WINDOW)) == [
        ("ACTIVE", "PLANNING", 1),
        ("ACTIVE", "RUNNING", 1),
        ("QUEUED", "QUEUED", 0),
        ("COMPLETED", "FINISHED", 1),
        ("FAILED", "FAILED", 1),
    ]


def test_elapsed_time_is_the_sum_of_its_parts(recorded):
    source = recorded([query("120001", 1), query("120030", 2, planning_time_millis=150, execution_time_millis=0)])

    [first] = source.ask("time_spent", **WINDOW, bin_minutes=1).to_dict("records")

    assert first == {
        "time_bucket": at("00"),
        "query_count": 2,
        "elapsed_ms": 220,
        "queued_ms": 10,
        "waiting_ms": 10,
        "planning_ms": 170,
        "execution_ms": 80,
        "other_ms": 0,
        "analysis_ms": 4,
        "blocked_ms": 22,
    }


def test_failures_are_counted_by_code_with_users_and_wasted_cpu(recorded):
    failed = {"query_state": "FAILED", "error_type": "USER_ERROR", "error_code": "SYNTAX_ERROR", "cpu_time_millis": 500}
    source = recorded(
        [query("120001", 1, **failed), query("120002", 2, **failed, user="bob"), query("120003", 3), query("120004", 4)]
    )

    assert rows(source.ask("failures", **WINDOW)) == [
        (
            "USER_ERROR",
            "SYNTAX_ERROR",
            2,
            0.5,
            2,
            1.0,
            pd.Timestamp("2026-07-01 12:00:01"),
            pd.Timestamp("2026-07-01 12:00:02"),
        )
    ]


def lost(source: Recorded, **window: str) -> list[tuple]:
    table = source.ask("coverage", **WINDOW | window)
    return rows(table[["coordinator", "utc_day", "rows_seen", "still_running", "rows_lost"]])


def test_a_gap_in_the_counter_is_a_lost_row_unless_the_query_still_runs(recorded):
    running = [{"query_id": "20260701_120003_00004_aaaaa", "create_time": at("00")}]
    source = recorded([query("120001", 1), query("120002", 3), query("120004", 5)], running=running)

    assert lost(source) == [("aaaaa", "20260701", 3, 1, 1)]


def test_a_query_that_completed_meanwhile_is_counted_once(recorded):
    running = [{"query_id": "20260701_120002_00002_aaaaa", "create_time": at("00")}]
    source = recorded([query("120001", 1), query("120002", 2)], running=running)

    assert lost(source) == [("aaaaa", "20260701", 2, 0, 0)]


@pytest.mark.parametrize(
    ("last", "first", "missing"),
    [(90_000, 0, 0), (94_711, 0, 0), (99_999, 0, 0), (89_999, 0, 0), (89_990, 0, 9), (90_000, 2, 2)],
)
def test_the_counter_restarts_from_90000_on_and_what_is_lost_there_shows(recorded, last, first, missing):
    source = recorded(
        [query("120001", last - 1), query("120001", last), query("120002", first), query("120003", first + 1)]
    )

    assert lost(source) == [("aaaaa", "20260701", 4, 0, missing)]


def test_the_counter_restarts_each_day_and_a_loss_after_midnight_shows(recorded):
    ids = ["20260701_235959_00900_aaaaa", "20260702_000001_00002_aaaaa", "20260702_000002_00003_bbbbb"]
    source = recorded([LISTENER | {"query_id": name} for name in ids])

    assert lost(source, since="2026-07-01", until="2026-07-03") == [
        ("aaaaa", "20260701", 1, 0, 0),
        ("aaaaa", "20260702", 1, 0, 2),
        ("bbbbb", "20260702", 1, 0, 0),
    ]


SEED = {"query_id": "a", "query": "", "user": "ann", "state": "FINISHED", "execution_time_ms": 1}


def seed_layout(recorded, texts: list[str]) -> Recorded:
    created = pd.Timestamp("2026-07-01 12:30")
    made = [
        SEED | {"query_id": f"q{number}", "query": text, "create_time": created} for number, text in enumerate(texts)
    ]
    return recorded(made, described=dict.fromkeys(SEED, "varchar") | {"create_time": "timestamp(3)"})


def test_ids_that_are_not_trinos_cannot_be_judged(recorded):
    [line] = lost(seed_layout(recorded, ["SELECT 1"]))

    assert line == ("(not an id of Trino)", "", 1, 0, None)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("SELECT 1", "SELECT"),
        ("select 1", "SELECT"),
        ("-- dbt\n/* x */ ( WITH a AS (SELECT 1) SELECT * FROM a)", "SELECT"),
        ("VALUES 1", "SELECT"),
        ("insert into t select 1", "INSERT"),
        ("CREATE TABLE t AS SELECT 1", "INSERT"),
        ("CREATE TABLE t (a bigint)", "DATA_DEFINITION"),
        ("CREATE OR REPLACE TABLE t AS SELECT 1", "INSERT"),
        ("MERGE INTO t USING s ON a = b WHEN MATCHED THEN DELETE", "MERGE"),
        ("SHOW TABLES", "DESCRIBE"),
        ("explain analyze select 1", "EXPLAIN"),
        ("SELEC 1", "(not parsed)"),
        ("", "(not parsed)"),
    ],
)
def test_without_a_column_the_type_is_read_off_the_text(recorded, text, kind):
    assert list(seed_layout(recorded, [text]).ask("query_types", **WINDOW)["query_type"]) == [kind]


def test_a_question_that_lacks_a_column_says_so_and_the_others_go_on(recorded):
    source = seed_layout(recorded, ["SELECT 1"])

    unanswered = source.ask("failures", **WINDOW)

    assert unanswered.empty
    assert list(unanswered)[:2] == ["error_type", "error_code"]
    assert unanswered.attrs["unanswered"] == "the history has no column for cpu_time_ms, error_code, error_type"
    assert rows(source.ask("throughput", **WINDOW, bin_minutes=60)) == [(at("00"), 1, 0)]


def test_a_recording_without_the_moment_does_not_guess_it(recorded):
    source = recorded([query("120001", 1)], running=None)

    assert source.ask("query_states", **WINDOW).attrs["unanswered"] == "what ran at that moment was not recorded"


def test_an_empty_window_is_refused_with_what_the_history_holds(recorded):
    source = recorded([query("120001", 1), query("120103", 2)])

    with pytest.raises(
        SourceError, match="found none.\n  -> .*the history goes from 2026-07-01T12:00:01 to 2026-07-01T12:01:03"
    ):
        source.queries.require_completed_queries(since="2025-01-01", until="2025-01-02")


def test_an_empty_history_points_to_the_event_listener(recorded):
    with pytest.raises(SourceError, match="look after the event listener: the history is empty"):
        recorded([]).queries.require_completed_queries(**WINDOW)


def test_since_after_until_is_refused(recorded):
    with pytest.raises(ParameterError, match="Expected since before until"):
        recorded([query("120001", 1)]).ask("extent", since="2026-07-02", until="2026-07-01")


def test_a_changed_file_is_refused(tmp_path):
    folder = write_recording(tmp_path / "recorded" / "made", [query("120001", 1)])
    (folder / "trino_queries.parquet").write_bytes(b"PAR1 cut")

    with pytest.raises(
        SourceError, match=r"Expected trino_queries.parquet as it was recorded in recorded/made, found other content"
    ):
        Recorded("recorded/made", folder)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{", "JSONDecodeError"),
        ("{}", "KeyError: 'format'"),
        ('{"format": 9}', "format 9"),
        ("[]", "TypeError"),
        (None, "FileNotFoundError"),
    ],
)
def test_a_broken_manifest_is_refused(tmp_path, text, found):
    folder = tmp_path / "recorded" / "made"
    folder.mkdir(parents=True)
    if text is not None:
        (folder / "recording.json").write_text(text)

    with pytest.raises(SourceError, match=found):
        Recorded("recorded/made", folder)


def test_a_missing_file_is_refused(tmp_path):
    folder = write_recording(tmp_path / "recorded" / "made", [query("120001", 1)])
    (folder / "trino_queries.parquet").unlink()

    with pytest.raises(SourceError, match="Expected the file trino_queries.parquet in recorded/made, found none"):
        Recorded("recorded/made", folder)


def test_the_note_of_a_recording_is_told(tmp_path):
    folder = write_recording(tmp_path / "recorded" / "made", [query("120001", 1)], notes=["synthetic"])

    about = Recorded("recorded/made", folder).queries.source_table()

    assert json.loads((folder / "recording.json").read_text())["notes"] == ["synthetic"]
    assert ("note", "synthetic") in rows(about[["fact", "value"]])


SIDE = {"objects": {}, "unread": {"Secret": "forbidden"}, "roles": {"trino": "query engine"}, "about": {}}


def kept(tmp_path, **manifest: object) -> Recorded:
    folder = write_recording(tmp_path / "recorded" / "made", [query("120001", 1)], **manifest)
    return Recorded("recorded/made", folder)


@pytest.mark.parametrize("moment", ["2026-07-01T13:00:00+00:00", "2026-07-01T15:00:00+02:00", "2026-07-01T13:00:00"])
def test_a_recording_is_of_the_moment_at_which_it_was_made(tmp_path, moment):
    assert kept(tmp_path, recorded_at=moment).objects.observed_at == datetime(2026, 7, 1, 13, tzinfo=UTC)


def test_another_commit_than_the_recorded_one_is_refused(tmp_path):
    source = kept(tmp_path, objects={"declared": SIDE | {"about": {"declared 1": "chart at 0123"}}})

    with pytest.raises(ParameterError, match="Expected no other commit of recorded/made than was recorded, found main"):
        source.objects.declared(commit="main")
    with pytest.raises(ParameterError, match="recorded was chart at 0123"):
        source.objects.declared(commit="main")


def test_a_declared_kind_that_was_not_recorded_is_told(tmp_path):
    also = [("v1", "ConfigMap"), ("keda.sh/v1", "ScaledObject"), ("a.io/v1", "Grid"), ("a.io/v1", "Line")]
    declared = Objects("declared", tuple(Object(version, kind, "trino", "a", b"{}") for version, kind in also))
    declared = replace(declared, items=(*declared.items, Object("v1", "Service", "hive", "a", b"{}")))
    source = kept(tmp_path, objects={"live": SIDE | {"also": ["Grid (a.io/v1)"]}, "declared": SIDE})

    assert source.objects.live().unread == {"Secret": "forbidden"}
    assert source.objects.declared().unread == {"Secret": "forbidden"}
    assert source.objects.live(also=declared).unread == {
        "Secret": "forbidden",
        "ScaledObject (keda.sh/v1)": "it was not recorded",
        "Line (a.io/v1)": "it was not recorded",
        "Service in hive": "clusters.yaml does not name this namespace",
    }


def test_the_sides_of_a_recording_have_one_key_that_no_other_recording_has(tmp_path):
    older = {"live": SIDE, "declared": SIDE}
    newer = {side: said | {"key": "0123"} for side, said in older.items()}
    keys = {}
    for name, objects in (("older", older), ("newer", newer)):
        source = kept(tmp_path / name, objects=objects)
        keys[name] = [source.objects.of_side(side).key for side in objects]

    assert keys == {"older": ["made by a test 2026-07-01T13:00:00+00:00"] * 2, "newer": ["0123"] * 2}
