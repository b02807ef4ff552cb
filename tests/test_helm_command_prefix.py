"""Helm asks the API server that kubectl asks."""

import pytest

from trinokit import helm_command_prefix


@pytest.mark.parametrize(
    ("kubectl", "words"),
    [
        (("kubectl",), ("helm",)),
        (("kubectl", "--context=a"), ("helm", "--kube-context=a")),
        (("kubectl", "--kubeconfig=kubectl", "--context=a"), ("helm", "--kubeconfig=kubectl", "--kube-context=a")),
        (("env", "KUBECONFIG=a:b", "kubectl", "--context=a"), ("env", "KUBECONFIG=a:b", "helm", "--kube-context=a")),
    ],
)
def test_helm_is_given_what_kubectl_is_given(kubectl, words):
    assert helm_command_prefix.helm_prefix(kubectl) == words
