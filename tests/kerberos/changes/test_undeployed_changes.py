"""What an upgrade deploys besides the flags is told before it is approved."""

from tests.kerberos.made import a_clone, a_place, an_object

from trinokit.findings import WARNING, Finding
from trinokit.kerberos.changes.undeployed_changes import undeployed_change_findings
from trinokit.objects import Object, Objects
from trinokit.observations import HelmRevision

CLONE = a_clone({}, release="trino")
PLACE = a_place()


def a_release(*items: Object, revision: int = 2, name: str = "trino") -> HelmRevision:
    return HelmRevision(name, "trino", revision, "deployed", None, items)


def told(deployed: list[Object], promised: list[Object], unstable: tuple[Object, ...] = ()) -> list[Finding]:
    declared = Objects("declared", tuple(promised), unstable=unstable)
    earlier = a_release(an_object("Service", "gone"), revision=1)
    return undeployed_change_findings(
        [PLACE], declared, [earlier, a_release(*deployed), a_release(name="other", revision=9)], CLONE
    )


def test_objects_that_git_has_otherwise_than_they_were_deployed_are_told():
    names = "abcdefg"
    deployed = [an_object("Service", name, spec={"ports": [{"port": 1}]}) for name in names]
    promised = [an_object("Service", name, spec={"ports": [{"port": 2}]}) for name in names[1:]]

    listed = ", ".join(f"Service/{name} in trino" for name in "abcde")
    rest = "an upgrade changes that too, unless it comes of values that helm was given from elsewhere"
    sentence = f"git differs from revision 2 in 7 other objects, {listed} and 2 more: {rest}"
    assert told(deployed, promised) == [Finding(WARNING, "the release trino in trino", sentence)]
    assert (
        f"differs from revision 2 in 1 other object, Service/a in trino: {rest}" in told(deployed[:1], [])[0].sentence
    )


def test_what_is_the_same_a_secret_the_jvm_config_itself_and_what_is_rendered_anew_is_not_told():
    def sums(number: int) -> dict:
        annotations = {"annotations": {"checksum/worker-config": f"{number}", "kept": "1"}}
        return {"spec": {"template": {"metadata": annotations, "spec": {"containers": []}}}}

    def manifest(body: dict) -> Object:
        found = an_object("Service", "web", spec=body)
        del found.body["metadata"]["namespace"]
        return found

    deployed = [
        an_object("Secret", "s", data={"a": "1"}),
        an_object("ConfigMap", PLACE.config_map.name, data={"jvm.config": "1"}),
        an_object("ConfigMap", "random", data={"a": "1"}),
        an_object("Deployment", "d", version="apps/v1", **sums(1)),
        manifest({"a": 1}),
        an_object("Namespace", "n"),
    ]
    promised = [
        an_object("Secret", "s", data={"a": "2"}),
        PLACE.config_map,
        an_object("ConfigMap", "random", data={"a": "2"}),
        an_object("Deployment", "d", version="apps/v1", **sums(2)),
        an_object("Service", "web", spec={"a": 1}),
        Object("v1", "Namespace", "", "n", b'{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"n"}}'),
    ]

    assert told(deployed, promised, unstable=(promised[2],)) == []


def test_without_a_release_nothing_is_pending():
    assert (
        undeployed_change_findings([PLACE], Objects("declared", ()), [a_release(PLACE.config_map, name="other")], CLONE)
        == []
    )
