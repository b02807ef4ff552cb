"""A real Trino and its recording give the same answers, and what goes wrong is told in a sentence."""

import contextlib
import os
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import trino
from tests.conftest import REQUIRED, ROOT
from tests.servers import kdc, mariadb
from tests.servers import trino as server
from tests.servers.process import stop

from trinokit import sources
from trinokit.clusters_file import Cluster, KerberosLogin, TrinoAccess
from trinokit.errors import SourceError
from trinokit.sources.live import Live
from trinokit.sources.recorded import Recorded
from trinokit.sources.recording import HistoryPart, RecordedParts, record_cluster
from trinokit.sources.trino import questions
from trinokit.window import Window

QUESTIONS = sorted(path.stem for path in (ROOT / "lib" / "trinokit" / "queries").glob("*.sql"))
URL = f"http://127.0.0.1:{server.HTTP_PORT}"
EVENTS = "mysql.trino_events.trino_queries"
NOW = "2026-07-01T00:00:00+00:00"
MORE = {"bin_minutes": 1, "rows": 5, "source": "", "overdue_ms": 1000}


def cursor(**options: object) -> trino.dbapi.Cursor:
    return trino.dbapi.connect(host="127.0.0.1", port=server.HTTP_PORT, user="tester", **options).cursor()


def execute(sql: str) -> list[list]:
    return cursor().execute(sql).fetchall()


def live(table: str = EVENTS, **where: str) -> Live:
    return Live("test", Cluster(TrinoAccess(**{"url": URL, "user": "trinokit"} | where)), table)


def ask(source: object, name: str, window: dict) -> pd.DataFrame:
    known = window | MORE
    return source.ask(name, **{parameter: known[parameter] for parameter in questions.load_question(name).parameters})


@pytest.fixture(scope="session")
def recording(history, tmp_path_factory) -> Recorded:
    folder = tmp_path_factory.mktemp("home") / "recorded" / "contract"
    record_cluster(live(), folder, RecordedParts(HistoryPart(Window.parse(**history), masked=True)), recorded_at=NOW)
    return Recorded("recorded/contract", folder)


def without_others(answer: pd.DataFrame) -> pd.DataFrame:
    """*answer* without the queries in states that those have which others ask at that moment, each state in a row."""
    if "standing" not in answer:
        return answer
    now = answer["standing"].isin(["ACTIVE", "QUEUED"])
    assert {"RUNNING", "QUEUED"} <= set(answer["state"][now])
    return answer[~now].reset_index(drop=True)


@pytest.mark.parametrize("name", QUESTIONS)
def test_recorded_and_live_answer_the_same(history, recording, name):
    answers = [ask(source, name, history) for source in (live(), recording)]

    assert not answers[0].empty
    pd.testing.assert_frame_equal(*map(without_others, answers), rtol=1e-9)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT user, count(*) AS n, avg(cpu_time_ms) AS c FROM completed_queries GROUP BY user ORDER BY n DESC, user",
        "SELECT query_id, state, create_time, query FROM completed_queries WHERE state = 'FINISHED' ORDER BY query_id",
        "WITH a AS (SELECT max(query) q, state FROM completed_queries GROUP BY state) SELECT * FROM a ORDER BY state",
    ],
)
def test_an_own_question_has_the_same_answer_recorded_and_live(history, recording, text):
    answers = [source.sql(text, **history) for source in (live(), recording)]

    assert not answers[0].empty
    pd.testing.assert_frame_equal(*answers, rtol=1e-9)


@pytest.fixture(scope="session")
def copies(history) -> str:
    """The schema of a catalog that cannot pass a query through, with both layouts of the same rows."""
    execute("CREATE SCHEMA IF NOT EXISTS memory.copies")
    narrow = "query_id, query, user, query_state, execution_time_millis, wall_time_millis, error_type, error_code"
    created = "with_timezone(date_parse(substr(query_id, 1, 15), '%Y%m%d_%H%i%s'), 'UTC') AT TIME ZONE 'Asia/Tokyo'"
    renamed = "query_id, query, user, query_state AS state, execution_time_millis AS execution_time_ms"
    window = Window.parse(**history)
    since = f"query_id >= '{window.since:%Y%m%d_%H%M%S}'"
    for name, columns in (("listener", narrow), ("seed", f"{renamed}, {created} AS create_time")):
        execute(f"DROP TABLE IF EXISTS memory.copies.{name}")
        execute(f"CREATE TABLE memory.copies.{name} AS SELECT {columns} FROM {EVENTS} WHERE {since}")
    return "memory.copies"


def test_a_database_that_cannot_be_asked_is_read_whole_with_a_warning(history, copies):
    source = live(f"{copies}.listener")

    caveats = [caveat for caveat in source.queries.source_table()["caveat"] if caveat]
    pd.testing.assert_frame_equal(ask(source, "throughput", history), ask(live(), "throughput", history))
    assert len(caveats) == 1
    assert caveats[0].startswith("every question reads the whole table, because the database could not be asked: ")


def test_a_window_is_selected_by_the_database_itself(history):
    source = live()
    tree = source.history.history_query(["query_id", "user"], Window.parse("2026-07-01T12:00", "2026-07-01T13:00"))

    assert source.queries.source_table().set_index("fact")["value"]["window"] == "selected by the database"
    assert tree.sql("trino") == (
        'SELECT "query_id", "user" FROM TABLE("mysql".system.query(query => '
        "'SELECT `query_id`, `user` FROM `trino_events`.`trino_queries` "
        "WHERE `query_id` >= ''20260701_120000'' AND `query_id` < ''20260701_130000'''))"
    )


@pytest.mark.parametrize("name", ["execution_time", "throughput", "longest_queries", "load_per_user", "extent"])
def test_the_older_layout_with_zoned_times_answers_the_same(history, copies, name):
    seed, listener = (ask(source, name, history) for source in (live(f"{copies}.seed"), live()))

    pd.testing.assert_frame_equal(seed, listener, rtol=1e-9)


def test_the_older_layout_lacks_only_what_it_has_not(history, copies, tmp_path):
    source = live(f"{copies}.seed")
    folder = tmp_path / "recorded" / "seed"
    record_cluster(source, folder, RecordedParts(HistoryPart(Window.parse(**history), masked=True)), recorded_at=NOW)
    recorded = Recorded("recorded/seed", folder)

    assert source.queries.source_table().set_index("fact")["value"]["window"] == "selected by create_time"
    assert [name for name in QUESTIONS if ask(source, name, history).attrs.get("unanswered")] == [
        "failures",
        "release_gate",
        "time_spent",
    ]
    pd.testing.assert_frame_equal(ask(source, "extent", history), ask(recorded, "extent", history))
    pd.testing.assert_frame_equal(ask(source, "query_types", history), ask(recorded, "query_types", history))


def test_the_type_read_off_the_text_is_trinos_own(history, copies):
    guessed = ask(live(f"{copies}.seed"), "query_types", history).set_index("query_type")["query_count"]
    told = ask(live(), "query_types", history).set_index("query_type")["query_count"]

    # Of a prepared statement the text says only that it is executed.
    executed = guessed.pop("EXECUTE")
    told["SELECT"] -= executed
    assert guessed.to_dict() == told.to_dict()


def test_a_row_that_mysql_refuses_is_seen_as_lost(history):
    since = datetime.now(UTC)
    ids = []
    for text in ("SELECT 1", "SELECT '\U0001f389'", "SELECT 2"):
        asked = cursor()
        asked.execute(text).fetchall()
        ids.append(asked.query_id)
    found = []
    for _ in range(100):
        found = execute(f"SELECT query_id FROM {EVENTS} WHERE query_id IN ('{ids[0]}', '{ids[1]}', '{ids[2]}')")
        if len(found) == 2:
            break
        time.sleep(0.2)
    window = {"since": (since - timedelta(seconds=1)).isoformat(), "until": (since + timedelta(minutes=1)).isoformat()}

    assert sorted(name for [name] in found) == [ids[0], ids[2]]
    assert ask(live(), "coverage", window)["rows_lost"].sum() >= 1


def test_active_queries_are_seen_while_they_run(servers):
    slow = cursor(session_properties={"query_max_execution_time": "20s"})

    def run() -> None:
        with contextlib.suppress(trino.exceptions.Error):
            slow.execute("SELECT count(*) FROM tpch.sf1.lineitem a, tpch.sf1.lineitem b").fetchall()

    thread = threading.Thread(target=run)
    thread.start()
    now = datetime.now(UTC)
    window = {"since": (now - timedelta(minutes=5)).isoformat(), "until": (now + timedelta(minutes=1)).isoformat()}
    active = 0
    for _ in range(50):
        states = ask(live(), "query_states", window)
        active = states.loc[states["standing"] == "ACTIVE", "query_count"].sum()
        if active:
            break
        time.sleep(0.1)
    slow.cancel()
    thread.join(30)

    assert active >= 1


def https(servers: dict, tmp_path: Path, password: str) -> Live:
    (tmp_path / "password").write_text(password + "\n")
    where = {
        "url": f"https://localhost:{server.HTTPS_PORT}",
        "user": server.USER,
        "password": f"file:{tmp_path}/password",
    }
    return live(**where, ca=f"{servers['folder']}/etc/server.pem")


def test_a_password_and_a_private_certificate_are_used(servers, tmp_path):
    assert https(servers, tmp_path, servers["password"]).queries.source_table()["value"][1] == server.VERSION


def test_a_wrong_password_is_told_and_not_repeated(servers, tmp_path):
    with pytest.raises(SourceError, match="to let analyst in, found: error 401") as refused:
        https(servers, tmp_path, "hunter2").queries.source_table()

    assert "hunter2" not in str(refused.value)


def test_an_unknown_certificate_is_told(servers):
    with pytest.raises(SourceError, match="certificate verify failed"):
        live(url=f"https://localhost:{server.HTTPS_PORT}").queries.source_table()


@pytest.fixture
def realm(servers, monkeypatch, tmp_path) -> Path:
    """The folder of the KDC; nobody has a ticket of his own."""
    folder = Path(servers["folder"]) / "kdc"
    if not folder.exists():
        (pytest.fail if REQUIRED else pytest.skip)("the servers run without a KDC; start them anew: make servers")
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{tmp_path}/tickets")
    monkeypatch.delenv("KRB5_CONFIG", raising=False)
    return folder


def by_kerberos(realm: Path, *, user: str = "trinokit", url: str = "https://localhost", **settings: str | None) -> Live:
    usual = {"principal": "trinokit", "keytab": str(kdc.keytab(realm, "trinokit")), "service": "HTTP"}
    known = KerberosLogin(**(usual | {"config": str(realm / "krb5.conf")} | settings))
    ca = f"{realm.parent}/etc/server.pem"
    return Live("test", Cluster(TrinoAccess(f"{url}:{server.HTTPS_PORT}", user, ca=ca, kerberos=known)), EVENTS)


def test_kerberos_lets_in_by_a_keytab_as_the_user_of_its_principal(realm):
    source = by_kerberos(realm)
    tree = questions.parse_trino_sql('SELECT current_user AS "user"')

    assert source.history.fetch_table(tree)["user"].tolist() == ["trinokit"]


def test_kerberos_lets_in_by_ones_own_ticket_and_under_another_name_of_the_host(realm):
    argv = ["kinit", "-k", "-t", kdc.keytab(realm, "analyst"), "analyst"]
    subprocess.run(argv, env=os.environ | kdc.environment(realm), check=True, timeout=60)
    own = {"principal": None, "keytab": None, "user": "analyst"}
    tree = questions.parse_trino_sql('SELECT current_user AS "user"')

    for where in ({}, {"url": "https://127.0.0.1", "hostname": "localhost"}):
        assert by_kerberos(realm, **own, **where).history.fetch_table(tree)["user"].tolist() == ["analyst"]


def test_kerberos_lets_nobody_be_somebody_else(realm):
    with pytest.raises(SourceError, match="found PERMISSION_DENIED.*cannot impersonate user analyst") as refused:
        by_kerberos(realm, user="analyst").queries.source_table()

    assert refused.value.remedy == "write the user as whom Kerberos logs in as user: into clusters.yaml"


def test_a_service_that_kerberos_does_not_know_is_told(realm):
    with pytest.raises(SourceError, match="Expected a ticket of Kerberos for trino@localhost, found: Server trino/loc"):
        by_kerberos(realm, service="trino").queries.source_table()


def test_a_ticket_that_the_coordinator_refuses_is_told(realm, tmp_path):
    process = kdc.serve(realm, 18893, ahead_s=600)
    config = kdc.client(tmp_path / "krb5.conf", 18893)
    try:
        with pytest.raises(
            SourceError, match="to let trinokit in, found: error 401.*\n  -> compare its principal with"
        ):
            by_kerberos(realm, config=str(config)).queries.source_table()
    finally:
        stop(process)


def test_the_client_of_trino_itself_gets_in_with_the_same_settings(realm):
    program = (
        "import sys, trino\n"
        "auth = trino.auth.GSSAPIAuthentication(service_name='HTTP', hostname_override='localhost')\n"
        "where = {'host': '127.0.0.1', 'port': int(sys.argv[1]), 'http_scheme': 'https', 'verify': sys.argv[2]}\n"
        "connection = trino.dbapi.connect(**where, user='trinokit', auth=auth)\n"
        "print(connection.cursor().execute('SELECT current_user').fetchall())\n"
    )
    keytab = {"KRB5_CLIENT_KTNAME": str(kdc.keytab(realm, "trinokit"))}
    argv = [sys.executable, "-c", program, str(server.HTTPS_PORT), f"{realm.parent}/etc/server.pem"]
    environment = os.environ | kdc.environment(realm) | keytab
    done = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=120)

    assert done.stdout == "[['trinokit']]\n", done.stderr


@pytest.mark.parametrize(
    ("table", "message", "remedy"),
    [
        ("mysql.trino_events.nothing", "TABLE_NOT_FOUND", "name another table"),
        ("mysql.nothing.trino_queries", "SCHEMA_NOT_FOUND", "name another table"),
        ("nothing.a.b", "CATALOG_NOT_FOUND", "add the catalog to Trino"),
        ("tpch.tiny.nation", "found a table without", "name the table that the event listener fills"),
    ],
)
def test_a_missing_or_wrong_table_is_told(servers, table, message, remedy):
    with pytest.raises(SourceError, match=message) as refused:
        live(table).queries.require_completed_queries("2026-07-01", "2026-07-02")

    assert remedy in refused.value.remedy


def test_an_empty_window_is_told_with_what_there_is(history):
    with pytest.raises(SourceError, match=r"found none.\n  -> .*the history goes from 20"):
        live().queries.require_completed_queries("2001-01-01", "2001-01-02")


def test_a_query_that_fails_half_way_is_told(servers):
    tree = questions.parse_trino_sql("SELECT 10 / (orderkey - 6000000) AS n FROM tpch.sf1.orders")

    with pytest.raises(SourceError, match="found DIVISION_BY_ZERO: Division by zero"):
        live().history.fetch_table(tree)


def test_a_trino_that_does_not_answer_is_told():
    with pytest.raises(SourceError, match=r"Expected Trino to answer at http://127.0.0.1:1, found: .*refused"):
        live(url="http://127.0.0.1:1").queries.source_table()


def test_a_recording_keeps_no_literal_and_no_column_that_nobody_asks(history, recording, tmp_path):
    secret = "hunter2-in-a-query"
    cursor().execute(f"SELECT '{secret}' AS a -- {secret}").fetchall()
    time.sleep(2)
    now = datetime.now(UTC)
    window = Window(now.replace(tzinfo=None) - timedelta(seconds=30), now.replace(tzinfo=None) + timedelta(seconds=30))
    masked, unmasked = tmp_path / "masked", tmp_path / "unmasked"
    for folder, mask in ((masked, True), (unmasked, False)):
        record_cluster(live(), folder, RecordedParts(HistoryPart(window, masked=mask)), recorded_at=NOW)

    assert not {"plan", "failure_message", "session_properties_json"} & set(recording.manifest["described"])
    assert secret not in texts(masked)
    assert secret in texts(unmasked)


def texts(folder: Path) -> str:
    return "\n".join(pd.read_parquet(folder / "trino_queries.parquet")["query"])


def test_the_connection_is_what_clusters_yaml_says(servers, home):
    source = sources.connect("test")

    assert source.table == f"mysql.{mariadb.EVENTS}.trino_queries"
    assert source.queries.source_table()["value"][1] == server.VERSION
