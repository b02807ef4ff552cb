{{- /* Each of these takes a list: the root context, then what its comment says. */ -}}

{{- /* The namespaces that the chart makes, in the order of the layers. */ -}}
{{- define "reference.namespaces" -}}
trino minio redis hive hive-storage mysql monitoring
{{- end -}}

{{- /* name, component: what a Service, a workload or a policy finds its pods by. */ -}}
{{- define "reference.selector" -}}
app.kubernetes.io/name: {{ index . 1 }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 2 }}
{{- end -}}

{{- /* name, component: the selector, and what stays the same until another version runs. */ -}}
{{- define "reference.podLabels" -}}
{{ include "reference.selector" . }}
app.kubernetes.io/part-of: trino-reference
{{- with index (index . 0).Values.images (index . 1) }}
app.kubernetes.io/version: {{ .tag | quote }}
{{- end }}
{{- end -}}

{{- /* name, component: the labels of an object. */ -}}
{{- define "reference.labels" -}}
{{- $root := index . 0 -}}
{{ include "reference.podLabels" . }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ $root.Chart.Name }}-{{ $root.Chart.Version }}
{{- end -}}

{{- /* name of an image in the values. */ -}}
{{- define "reference.image" -}}
{{- with index (index . 0).Values.images (index . 1) -}}
{{ .repository }}:{{ .tag }}
{{- end -}}
{{- end -}}

{{- /* name of a Secret, then pairs of a variable and the key that it is read from. */ -}}
{{- define "reference.secretEnvironment" -}}
{{- $secret := index . 1 -}}
{{- range $number, $pair := slice . 2 -}}
{{- if $number }}
{{ end -}}
- name: {{ first $pair }}
  valueFrom:
    secretKeyRef: {name: {{ $secret }}, key: {{ last $pair }}}
{{- end -}}
{{- end -}}

{{- /* user id: nobody else's pod, and the volume belongs to the group of the same number. */ -}}
{{- define "reference.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ index . 1 }}
runAsGroup: {{ index . 1 }}
fsGroup: {{ index . 1 }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "reference.containerSecurity" -}}
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
{{- end -}}

{{- /* namespace, name, component: these pods, as one side of a network policy. */ -}}
{{- define "reference.pods" -}}
- namespaceSelector:
    matchLabels: {kubernetes.io/metadata.name: {{ index . 1 }}}
  podSelector:
    matchLabels:
      {{- include "reference.selector" (list (index . 0) (index . 2) (index . 3)) | nindent 6 }}
{{- end -}}

{{- define "reference.prometheus" -}}
{{ include "reference.pods" (list (index . 0) "monitoring" "prometheus" "server") }}
{{- end -}}

{{- define "reference.ingressController" -}}
- namespaceSelector:
    matchLabels: {kubernetes.io/metadata.name: {{ (index . 0).Values.ingress.controllerNamespace }}}
{{- end -}}

{{- /* namespace, name of the StatefulSet, its entry in storage: the volumes that its claims are bound to. */ -}}
{{- define "reference.volumes" -}}
{{- $root := index . 0 -}}
{{- $namespace := index . 1 -}}
{{- $name := index . 2 -}}
{{- $storage := index . 3 -}}
{{- range $number, $node := $storage.nodes }}
---
apiVersion: v1
kind: PersistentVolume
metadata:
  name: {{ $namespace }}-{{ $name }}-{{ $number }}
  labels:
    {{- include "reference.labels" (list $root "storage" "volume") | nindent 4 }}
spec:
  capacity: {storage: {{ $storage.size }}}
  accessModes: [ReadWriteOnce]
  storageClassName: {{ $storage.className }}
  persistentVolumeReclaimPolicy: Retain
  # Kept for this one claim, so the data come back to the pod they belong to after the release was removed.
  claimRef:
    apiVersion: v1
    kind: PersistentVolumeClaim
    namespace: {{ $namespace }}
    name: data-{{ $name }}-{{ $number }}
  local:
    path: {{ $root.Values.storage.path }}/{{ $namespace }}-{{ $name }}-{{ $number }}
  nodeAffinity:
    required:
      nodeSelectorTerms:
        - matchExpressions:
            - {key: kubernetes.io/hostname, operator: In, values: [{{ $node }}]}
{{- end }}
{{- end -}}

{{- /* an entry in storage: the claim of each pod of a StatefulSet. */ -}}
{{- define "reference.claim" -}}
- metadata:
    name: data
  spec:
    accessModes: [ReadWriteOnce]
    storageClassName: {{ (index . 1).className }}
    resources:
      requests: {storage: {{ (index . 1).size }}}
{{- end -}}
