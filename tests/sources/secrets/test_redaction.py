"""No secret leaves a source in any form, and nothing else is touched."""

import base64
import hmac
import json
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trinokit.errors import ParameterError
from trinokit.objects import Object
from trinokit.sources.secrets.redaction import redact_object

KEY = b"0123456789abcdef0123456789abcdef"
APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def an_object(kind: str = "ConfigMap", version: str = "v1", **fields: object) -> Object:
    body = {"apiVersion": version, "kind": kind, "metadata": {"name": "a", "namespace": "trino"}} | fields
    return Object(version, kind, "trino", "a", msgspec.json.encode(body))


def config(text: str, name: str = "file") -> Object:
    return an_object(data={name: text})


def pod(**container: object) -> Object:
    return an_object(
        "Deployment", "apps/v1", spec={"template": {"spec": {"containers": [{"name": "trino"} | container]}}}
    )


def annotated(kind: str = "ConfigMap", annotation: str = "note", text: str = "", **fields: object) -> Object:
    return an_object(kind, **fields, metadata={"name": "a", "namespace": "trino", "annotations": {annotation: text}})


def applied(body: dict, *, escaped: bool = True) -> Object:
    # As kubectl writes it: https://pkg.go.dev/encoding/json#HTMLEscape
    text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    if escaped:
        text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return annotated(annotation=APPLIED, text=f"{text}\n")


def hashed(secret: str | bytes, key: bytes = KEY, kind: str = "hmac-sha256") -> str:
    content = secret.encode() if isinstance(secret, str) else secret
    return f"{kind}:{hmac.new(key, content, 'sha256').hexdigest()}"


def in_base64(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


PLAIN = "hunter2-Xyzzy"
VALUES = [PLAIN, in_base64(PLAIN), "P%40ss.w0rd+=~"]
NAMES = [
    "password",
    "connection-password",
    "ldap.bind-password",
    "DB_PASSWORD",
    "DB_PASSWD",
    "MYSQL_PASS",
    "ldap-pwd",
    "trustStorePassword",
    "passphrase",
    "secret",
    "internal-communication.shared-secret",
    "OAUTH2_CLIENT_SECRET",
    "iceberg.rest-catalog.oauth2.token",
    "SERVICE_ACCOUNT_TOKEN",
    "oauth2.credential",
    "credentials",
    "s3.aws-access-key",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "s3.aws-secret-key",
    "fs.s3a.secret.key",
    "azure.private-key",
    "AccountKey",
    "API_KEY",
    "hive.gcs.json-key",
    "http-server.https.keystore.key",
    "http-server.https.truststore.key",
    "password2",
    "redis_password_1",
]
# Each with a secret at @: where it stands, and what makes an object of it.
PLACES = {
    "a ConfigMap's key": lambda secret: config(secret, "DB_PASSWORD"),
    "a property": lambda secret: config(f"connector.name=mysql\nconnection-password={secret}\nconnection-user=me\n"),
    "a property with spaces": lambda secret: config(f"a = b\r\n  connection-password = {secret} \r\nc = d\r\n"),
    "a property that is switched off": lambda secret: config(f"#connection-password={secret}\nc=d"),
    "a property with a colon": lambda secret: config(f"a:b\npassword:{secret}\nc:d"),
    "YAML": lambda secret: config(f"redis:\n  host: redis\n  password: {secret}\n  port: 6379\n"),
    "quoted YAML": lambda secret: config(f"redis:\n  password: '{secret}'  # see there\n  port: 6379\n"),
    "a list in YAML": lambda secret: config(f"users:\n- password: {secret}\n  name: a\n"),
    "a line within YAML": lambda secret: config(f"redis: {{host: redis, password: {secret}, port: 6379}}\n"),
    "a block of YAML": lambda secret: config(f"a:\n  token: |-\n    {secret}\n\n  b: |\n    c\n"),
    "a variable in YAML": lambda secret: config(
        f"env:\n- name: DB_PASSWORD\n  value: {secret}\n- name: A\n  value: b\n"
    ),
    "JSON": lambda secret: config(json.dumps({"user": "a", "password": secret, "host": "b"})),
    "indented JSON": lambda secret: config(json.dumps({"user": "a", "password": secret, "host": {"b": 1}}, indent=2)),
    "JSON within JSON": lambda secret: config(json.dumps({"a": json.dumps({"password": secret, "b": "c"}), "d": "e"})),
    "a variable in JSON": lambda secret: config(json.dumps([{"name": "DB_PASSWORD", "value": secret}], indent=1)),
    "XML": lambda secret: config(
        f"<property>\n  <name>javax.jdo.option.ConnectionPassword</name>\n  <!-- mine -->\n  <value>{secret}</value>\n"
        "</property>\n<property><name>a</name><value>b</value></property>"
    ),
    "XML the other way round": lambda secret: config(
        f"<property><value>b</value><name>a</name></property><property><value>{secret}</value>"
        "<description>c</description><name>fs.s3a.secret.key</name></property>"
    ),
    "an XML element": lambda secret: config(f"<server><user>a</user><password>{secret}</password></server>"),
    "an XML element with attributes": lambda secret: config(f'<a><secret x="y">\n  {secret}\n</secret></a>'),
    "an address": lambda secret: config(f"mongodb.connection-url=mongodb://trino:{secret}@a:27017,b:27017/?tls=true"),
    "an address without a user": lambda secret: config(f"url: redis://:{secret}@redis:6379/0\n"),
    "an address with parameters": lambda secret: config(f"url=jdbc:mysql://db:3306/a?user=b&password={secret}"),
    "an address with parameters in between": lambda secret: config(f"url=jdbc:sqlserver://db;password={secret};a=b"),
    "a connection string": lambda secret: config(f"a=AccountName=b;AccountKey={secret};EndpointSuffix=c"),
    "JVM options": lambda secret: config(
        f"-server\n-Djavax.net.ssl.trustStorePassword={secret}\n-Xmx8G\n", "jvm.config"
    ),
    "Redis": lambda secret: config(f"port 6379\nrequirepass {secret}\nappendonly yes\n", "redis.conf"),
    "a Redis replica": lambda secret: config(f"replicaof redis 6379\n  masterauth {secret}\n"),
    "a script": lambda secret: config(f'#!/bin/sh\nexport PGPASSWORD="{secret}"\npsql -h db\n'),
    "a command in a script": lambda secret: config(f"set -e; mc alias set a --secret-key {secret} --quiet\n"),
    "a variable": lambda secret: pod(env=[{"name": "A", "value": "b"}, {"name": "DB_PASSWORD", "value": secret}]),
    "a variable in another order": lambda secret: pod(env=[{"value": secret, "name": "token"}]),
    "a variable with options": lambda secret: pod(
        env=[{"name": "OPTS", "value": f"-Da=b -Dc.password={secret} -Dd=e"}]
    ),
    "a variable with an address": lambda secret: pod(env=[{"name": "URL", "value": f"https://a:{secret}@b/c"}]),
    "an argument": lambda secret: pod(args=["serve", f"--password={secret}", "--port=1"]),
    "the argument after": lambda secret: pod(command=["serve", "--db-password", secret, "--port", "1"]),
    "a command": lambda secret: pod(command=["sh", "-c", f"serve --password {secret} --port 1"]),
    "an init container": lambda secret: an_object(
        "Pod", spec={"initContainers": [{"name": "a", "env": [{"name": "API_KEY", "value": secret}]}]}
    ),
    "a cron job": lambda secret: an_object(
        "CronJob",
        "batch/v1",
        spec={"jobTemplate": {"spec": {"template": {"spec": {"containers": [{"args": [f"--token={secret}"]}]}}}}},
    ),
    "a custom resource": lambda secret: an_object(
        "Cache", "example.com/v1", spec={"auth": {"user": "a", "password": secret}}
    ),
    "a list of them": lambda secret: an_object(
        "Cache", "example.com/v1", spec={"passwords": ["${A}", secret], "a": ["b"]}
    ),
    "an annotation": lambda secret: annotated(annotation="example.com/token", text=secret),
    "text in an annotation": lambda secret: annotated(text=f"restored with --password={secret}"),
    "what was applied": lambda secret: applied(
        {"data": {"a": f"x<y>&z\nconnection-password={secret}\nü=1\n", "b": "c"}, "kind": "ConfigMap"}
    ),
    "a variable that was applied": lambda secret: applied(
        {"spec": {"containers": [{"env": [{"name": "DB_PASSWORD", "value": secret}], "args": ["--token", secret]}]}}
    ),
    "arguments that another tool applied": lambda secret: applied({"args": ["<&>", "--token", secret]}, escaped=False),
    "what another tool applied": lambda secret: applied({"data": {"a": f"<&>\npassword={secret}"}}, escaped=False),
}
PARAMETERS = [pytest.param(make, id=place) for place, make in PLACES.items()]


def without_hash(found: Object, secret: str) -> bytes:
    return found.raw.replace(hashed(secret).encode(), secret.encode())


@pytest.mark.parametrize("secret", VALUES)
@pytest.mark.parametrize("make", PARAMETERS)
def test_a_secret_is_hashed_wherever_it_stands_and_nothing_else_is(make, secret):
    given_object = make(secret)

    found = redact_object(given_object, KEY)
    assert secret.encode() not in found.raw
    assert without_hash(found, secret) == given_object.raw


@pytest.mark.parametrize("make", PARAMETERS)
def test_what_is_hashed_is_not_hashed_again(make):
    found = redact_object(make(PLAIN), KEY)

    assert redact_object(found, b"another key of another reader") is found


def test_data_that_are_hashed_are_not_hashed_again():
    for given_object in (
        annotated("Secret", "note", PLAIN, data={"x": in_base64(PLAIN), "y": "no base64"}, stringData={"z": PLAIN}),
        annotated("Secret", APPLIED, "{}"),
        an_object(binaryData={"a": in_base64(PLAIN)}),
    ):
        found = redact_object(given_object, KEY)
        assert redact_object(found, b"another key of another reader").body == found.body


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "make",
    [
        lambda name, secret: config(f"a=b\n{name}={secret}\nc=d"),
        lambda name, secret: config(secret, name),
        lambda name, secret: config(json.dumps({"a": "b", name: secret, "c": "d"})),
        lambda name, secret: config(f"<name>{name}</name><value>{secret}</value>"),
        lambda name, secret: pod(env=[{"name": name, "value": secret}]),
        lambda name, secret: pod(env=[{"value": secret, "name": name}]),
        lambda name, secret: pod(args=[f"--{name}={secret}"]),
        lambda name, secret: pod(args=[f"--{name}", secret]),
        lambda name, secret: pod(args=[f"serve --{name} {secret}"]),
        lambda name, secret: applied({"data": {"a": f"{name}={secret}"}}),
        lambda name, secret: applied({"env": [{"name": name, "value": secret}]}),
    ],
)
def test_a_name_says_that_its_value_is_a_secret(make, name):
    given_object = make(name, PLAIN)

    assert without_hash(redact_object(given_object, KEY), PLAIN) == given_object.raw
    assert PLAIN.encode() not in redact_object(given_object, KEY).raw


REFERENCES = """\
a.password=${ENV:DB_PASSWORD}
b.password = ${DB_PASSWORD}
c.secret=$(SECRET)
d.token=${FILE:/run/secrets/a}
e.password=
f.password =  \t
g-token={{ .token }}
h.password=env:DB_PASSWORD
i.secret=k8s-secret:a/b#c
password: ${ENV:A}
b:
  password: "${ENV:A}"
  token: {a: b}
  secret:
    name: a
  password: ''
c: {password: , token: "", secret: ${ENV:A}}
{"password": "${ENV:A}", "user": "b", "token": null, "secret": {"name": "a"}, "password": ""}
<name>a.password</name><value>${ENV:A}</value><name>b.secret</name>
<value></value>
a=https://b:${ENV:A}@c/d
b=http://a:8080/b@c
c=thrift://a:9083
d=s3://a/b:c@d
"""
REFERRING = """\
password-file=/etc/a
file.password-file=/etc/b
a.token-file=/run/token
secretName: tls
secret-name=a
secretKeyRef: a
password-authenticator.name=file
http-server.authentication.password.user-mapping.pattern=(.*)
http-server.authentication.type=PASSWORD
http-server.authentication.oauth2.refresh-tokens=true
fs.s3a.aws.credentials.provider=a
tokens.expire=1
bypass: yes it is
compass=north
credential.enabled=true
authorization: enabled
a.password=true
"""
TOKEN_OF_THE_POD = {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}
UNTOUCHED = {
    "references": config(REFERENCES),
    "names that refer": config(REFERRING),
    "variables that refer": pod(
        env=[
            {"name": "DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "db", "key": "password"}}},
            {"name": "TOKEN_FILE", "value": "/run/token"},
            {"name": "API_KEY", "value": "$(OTHER)"},
            {"name": "SECRET", "value": ""},
            {"name": "PASSWORD_ENABLED", "value": "yes"},
            {"name": "token", "value": "true"},
        ],
        envFrom=[{"secretRef": {"name": "db"}}],
        args=[
            "--password-file=/etc/a",
            "--password",
            "--token-file",
            "/run/a",
            "--secret-name",
            "b",
            "--password=$(A)",
        ],
    ),
    "volumes": an_object(
        "Pod",
        spec={
            "automountServiceAccountToken": False,
            "imagePullSecrets": [{"name": "registry"}],
            "volumes": [
                {"name": "a", "secret": {"secretName": "tls", "items": [{"key": "token", "path": "token"}]}},
                {"name": "b", "projected": {"sources": [TOKEN_OF_THE_POD]}},
            ],
        },
    ),
    "an Ingress": annotated("Ingress", "nginx.ingress.kubernetes.io/auth-secret", "basic-auth"),
    "a role": an_object("Role", "rbac.authorization.k8s.io/v1", rules=[{"resources": ["secrets", "tokenreviews"]}]),
    "managed fields": an_object(metadata={"managedFields": [{"fieldsV1": {'k:{"name":"PASSWORD=a"}': {}}}]}),
    "prose": annotated(text="The secret of a good token is its password; see the credentials below."),
}


@pytest.mark.parametrize("given_object", [pytest.param(each, id=name) for name, each in UNTOUCHED.items()])
def test_what_is_no_secret_stays_as_it_is(given_object):
    assert redact_object(given_object, KEY) is given_object


def test_an_object_without_a_suspicious_word_is_not_even_decoded():
    unreadable = replace(config(""), raw=msgspec.Raw(b'{not JSON: secretName, serviceAccountToken":{'))

    assert redact_object(unreadable, KEY) is unreadable


@pytest.mark.parametrize(
    "given_object",
    [
        config(f"headers:\n  Authorization: Bearer {PLAIN}\n"),
        config(json.dumps({"authorization": f"Basic {in_base64(PLAIN)}"})),
        pod(livenessProbe={"httpGet": {"httpHeaders": [{"name": "Authorization", "value": f"Bearer {PLAIN}"}]}}),
        pod(args=["--header", f"Authorization: Bearer {PLAIN}"]),
    ],
)
def test_a_header_with_credentials_is_hashed(given_object):
    found = redact_object(given_object, KEY).raw.decode()

    assert PLAIN not in found
    assert in_base64(PLAIN) not in found
    assert hashed(f"Bearer {PLAIN}") in found or hashed(f"Basic {in_base64(PLAIN)}") in found


def test_a_number_is_hashed_as_it_is_written():
    given_object = an_object("Cache", "example.com/v1", spec={"password": 12345678, "port": 6379, "token": True})

    assert redact_object(given_object, KEY).body["spec"] == {
        "password": hashed("12345678"),
        "port": 6379,
        "token": True,
    }


def test_a_number_in_json_is_hashed_up_to_its_end():
    assert redact_object(config('{"password": 12345678, "token":87654321}'), KEY).body["data"] == {
        "file": f'{{"password": {hashed("12345678")}, "token":{hashed("87654321")}}}'
    }


def test_a_secret_that_goes_on_is_hashed_to_its_end():
    pem = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"

    assert redact_object(config(f"a: b\nkey: |\n{pem}\nc: d\n"), KEY).body["data"] == {
        "file": f"a: b\nkey: |\n{hashed(pem)}\nc: d\n"
    }
    assert redact_object(config("password=one\\\n  two\nc=d\n"), KEY).body["data"] == {
        "file": f"password={hashed(chr(92).join(['one', chr(10) + '  two']))}\nc=d\n"
    }
    assert redact_object(config("a=b\n  # password=two words\nc=d"), KEY).body["data"] == {
        "file": f"a=b\n  # password={hashed('two words')}\nc=d"
    }
    assert redact_object(config("-server\n-Da.password=with a space\n-Xmx8G"), KEY).body["data"] == {
        "file": f"-server\n-Da.password={hashed('with a space')}\n-Xmx8G"
    }
    assert redact_object(config("-Da=b -Dc.password=x,y&z;'0 -Dd=e"), KEY).body["data"] == {
        "file": f"-Da=b -Dc.password={hashed('x,y&z;' + chr(39) + '0')} -Dd=e"
    }
    assert redact_object(config("password: >\n  one\n\n  two\nc: d\n"), KEY).body["data"] == {
        "file": f"password: >\n  {hashed('one' + chr(10) * 2 + '  two')}\nc: d\n"
    }


def test_what_a_text_holds_besides_is_hashed_with_the_secret_rather_than_told():
    assert redact_object(config("password=with spaces, & more # no comment"), KEY).body["data"] == {
        "file": f"password={hashed('with spaces, & more # no comment')}"
    }


def test_an_argument_is_one_value_whatever_is_in_it():
    found = redact_object(pod(args=["--password=a -b c", "sh", "-c", "serve --password=a -b=c"]), KEY)

    assert found.at("spec", "template", "spec")["containers"][0]["args"] == [
        f"--password={hashed('a -b c')}",
        "sh",
        "-c",
        f"serve --password={hashed('a')} -b=c",
    ]


def test_binary_data_of_a_config_map_is_hashed_as_that_of_a_secret():
    keystore = bytes(range(256))
    found = redact_object(an_object(binaryData={"keystore.jks": in_base64(keystore)}, data={"a": "b"}), KEY)

    assert found.body["binaryData"] == {"keystore.jks": hashed(keystore)}
    assert found.body["data"] == {"a": "b"}


def test_of_a_secret_nothing_is_left_but_names():
    secret = an_object(
        "Secret",
        type="Opaque",
        data={
            "a": in_base64(PLAIN),
            "b": in_base64(b"\x00\xff"),
            "c": None,
            "d": "",
            "e": "no base64!",
            "wins": "YQ==",
        },
        stringData={"f": PLAIN, "wins": "stringData", "g": ""},
    )

    assert redact_object(secret, KEY).body == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "a", "namespace": "trino"},
        "type": "Opaque",
        "data": {
            "a": hashed(PLAIN),
            "b": hashed(b"\x00\xff"),
            "c": hashed(""),
            "d": hashed(""),
            "e": hashed('"no base64!"', kind="hmac-sha256-text"),
            "wins": hashed("stringData"),
            "f": hashed(PLAIN),
            "g": hashed(""),
        },
    }


@pytest.mark.parametrize(
    ("fields", "data"),
    [
        ({}, None),
        ({"data": None}, {}),
        ({"data": {}}, {}),
        ({"stringData": {}}, None),
        (
            {"data": {"a": 1}, "stringData": {"b": True}},
            {"a": hashed("1", kind="hmac-sha256-text"), "b": hashed("true", kind="hmac-sha256-text")},
        ),
        ({"stringData": [PLAIN]}, hashed(f'[{{}},["{PLAIN}"]]', kind="hmac-sha256-text")),
        ({"data": PLAIN}, hashed(f'["{PLAIN}",{{}}]', kind="hmac-sha256-text")),
        ({"data": {"a": in_base64(PLAIN)[:8] + "\n" + in_base64(PLAIN)[8:]}}, {"a": hashed(PLAIN)}),
    ],
)
def test_a_secret_may_be_empty_or_wrong(fields, data):
    assert redact_object(an_object("Secret", **fields), KEY).body.get("data") == data


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        in_base64(PLAIN),
        f"it is {PLAIN}!",
        json.dumps({"data": {"x": in_base64(PLAIN)}}),
        f"a{in_base64(PLAIN)[:-1]}",
    ],
)
def test_an_annotation_of_a_secret_that_tells_its_value_is_hashed(text):
    secret = annotated("Secret", "note", text, data={"x": in_base64(PLAIN)})

    found = redact_object(secret, KEY)
    assert found.annotations == {"note": hashed(text)}
    assert PLAIN.encode() not in found.raw


def test_a_label_of_a_secret_may_tell_its_value_too():
    metadata = {"name": "a", "labels": {"app": "trino", "x": PLAIN}}

    assert redact_object(an_object("Secret", metadata=metadata, stringData={"x": PLAIN}), KEY).labels == {
        "app": "trino",
        "x": hashed(PLAIN),
    }


def test_what_was_applied_as_a_secret_is_hashed_whole():
    metadata = {
        "name": "a",
        "annotations": {APPLIED: '{"data":{"a":"b"}}\n', "note": "of the a-team", "b": "a", "c": "YQ=="},
    }
    secret = an_object("Secret", metadata=metadata, data={"x": in_base64("a")})

    assert redact_object(secret, KEY).annotations == {
        APPLIED: hashed('{"data":{"a":"b"}}\n'),
        "note": "of the a-team",
        "b": hashed("a"),
        "c": hashed("YQ=="),
    }


def test_a_value_with_signs_is_found_in_json_too():
    value = 'a"b\\c\nü'

    for text in (json.dumps({"x": value}), json.dumps({"x": value}, ensure_ascii=False)):
        secret = annotated("Secret", "note", text, data={"x": in_base64(value)})
        assert redact_object(secret, KEY).annotations == {"note": hashed(text)}


def test_a_secret_within_another_object_is_one():
    manifest = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "b"}, "data": {"x": in_base64(PLAIN)}}

    assert redact_object(an_object("Bundle", "example.com/v1", spec={"objects": [manifest]}), KEY).body["spec"] == {
        "objects": [manifest | {"data": {"x": hashed(PLAIN)}}]
    }


def test_a_kind_that_is_called_secret_elsewhere_is_an_object_like_others():
    other = an_object("Secret", "example.com/v1", data={"a": "b", "password": PLAIN})

    assert redact_object(other, KEY).body["data"] == {"a": "b", "password": hashed(PLAIN)}


def test_a_key_that_could_be_guessed_is_refused():
    with pytest.raises(ParameterError, match="Expected a key of at least 16 bytes, found 3"):
        redact_object(config("a"), b"key")


SECRETS = st.text("ghijGHIJ0123456789!%+~*ü", min_size=4, max_size=20).filter(lambda text: not text.isspace())
KEYS = st.binary(min_size=16, max_size=64)


@given(SECRETS, SECRETS, KEYS)
def test_equal_secrets_and_no_others_have_equal_hashes(one, other, key):
    def data(**fields: object) -> dict:
        return redact_object(an_object("Secret", **fields), key).body["data"]

    assert data(data={"x": in_base64(one)}) == data(stringData={"x": one}) == {"x": hashed(one, key)}
    assert (data(stringData={"x": one}) == data(stringData={"x": other})) is (one == other)
    assert redact_object(config(one, "password"), key).body["data"]["password"] == data(stringData={"x": one})["x"]


@given(SECRETS, KEYS, KEYS)
def test_under_another_key_every_hash_is_another(secret, one, other):
    first, second = (redact_object(an_object("Secret", stringData={"x": secret}), key).raw for key in (one, other))

    assert (first == second) is (one.rstrip(b"\0") == other.rstrip(b"\0"))


@given(SECRETS, st.sampled_from(sorted(PLACES)), KEYS)
def test_no_part_of_a_secret_is_left(secret, place, key):
    found = redact_object(PLACES[place](secret), key).raw.decode()

    for begin in range(len(secret) - 3):
        assert secret[begin : begin + 4] not in found.replace(hashed(secret, key), "")


@given(st.binary(min_size=4, max_size=40), st.text(max_size=10), KEYS)
def test_no_form_of_a_secrets_data_is_left(content, text, key):
    annotations = {"a": f"{text}{in_base64(content)}{text}", APPLIED: in_base64(content)}
    secret = an_object("Secret", data={"x": in_base64(content)}, metadata={"name": "a", "annotations": annotations})

    assert in_base64(content).rstrip("=").encode() not in redact_object(secret, key).raw


@given(SECRETS, st.integers(1, 50))
def test_no_length_is_told(secret, times):
    one, many = (
        len(redact_object(an_object("Secret", stringData={"x": text}), KEY).raw) for text in (secret, secret * times)
    )

    assert one == many
