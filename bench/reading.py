"""What does it cost to read the objects of a namespace? Printed as JSON, by a process of its own.

Run it: python -m bench.reading WAY KUBECONFIG NAMESPACE; WAY is trinokit, or typed for the client's own objects.
"""

import json
import os
import sys
import time

from trinokit.clusters_file import Cluster, KubernetesAccess
from trinokit.sources.live import Live

CONTEXT = "trinokit-test"


def trinokit(kubeconfig: str, namespace: str) -> dict:
    """The cost of the live objects as a notebook gets them, Secrets hashed, every object known by its name."""
    where = KubernetesAccess({"trino": namespace}, context=CONTEXT, kubeconfig=kubeconfig)
    began, cpu = time.perf_counter(), time.process_time()
    objects = Live("bench", Cluster(kubernetes=where), "").objects.live()
    return {
        "seconds": time.perf_counter() - began,
        "cpu_s": time.process_time() - cpu,
        "objects": sum(each.namespace == namespace for each in objects.items),
        "unread": len(objects.unread),
        "mb": sum(len(bytes(each.raw)) for each in objects.items) / 1e6,
    }


def typed(kubeconfig: str, namespace: str) -> dict:
    """The cost of the same kinds as the objects that the Python client makes of them."""
    from kubernetes import client, config

    began, cpu = time.perf_counter(), time.process_time()
    config.load_kube_config(kubeconfig, CONTEXT)
    core, apps = client.CoreV1Api(), client.AppsV1Api()
    lists = [core.list_namespaced_config_map, core.list_namespaced_secret, core.list_namespaced_service_account]
    found = [len(each(namespace).items) for each in (*lists, apps.list_namespaced_deployment)]
    return {"seconds": time.perf_counter() - began, "cpu_s": time.process_time() - cpu, "objects": sum(found)}


if __name__ == "__main__":
    # A proxy of the machine would be measured, too.
    os.environ["NO_PROXY"] = "127.0.0.1"
    print(json.dumps({"trinokit": trinokit, "typed": typed}[sys.argv[1]](*sys.argv[2:])))
