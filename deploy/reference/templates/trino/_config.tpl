{{- /* "coordinator" or "worker": jvm.config. */ -}}
{{- define "trino.jvm" -}}
{{- $role := index (index . 0).Values.trino (index . 1) -}}
-server
-Xmx{{ $role.heap }}
-XX:+UseG1GC
-XX:G1HeapRegionSize=32M
-XX:+ExplicitGCInvokesConcurrent
-XX:+HeapDumpOnOutOfMemoryError
-XX:HeapDumpPath=/data/trino
-XX:+ExitOnOutOfMemoryError
-XX:-OmitStackTraceInFastThrow
-XX:ReservedCodeCacheSize=512M
-XX:PerMethodRecompilationCutoff=10000
-XX:PerBytecodeRecompilationCutoff=10000
-XX:+EnableDynamicAgentLoading
-Djdk.attach.allowAttachSelf=true
-Djdk.nio.maxCachedBufferSize=2000000
-Dfile.encoding=UTF-8
{{- range $role.additionalJVMConfig }}
{{ . }}
{{- end }}
{{- end -}}

{{- /* "coordinator" or "worker": the files that both roles have. */ -}}
{{- define "trino.commonFiles" -}}
{{- $root := index . 0 -}}
node.properties: |
  node.environment={{ $root.Values.trino.environment }}
  node.data-dir=/data/trino
jvm.config: |
  {{- include "trino.jvm" . | nindent 2 }}
log.properties: |
  io.trino=INFO
# The default lets nobody shut a worker down, and lets everybody read the queries of all others in catalog mysql.
access-control.properties: |
  access-control.name=file
  security.config-file=/etc/trino/rules.json
rules.json: |
  {
    "catalogs": [
      {"user": "trinokit", "allow": "read-only"},
      {"catalog": "mysql|jmx", "allow": "none"},
      {"catalog": "redis|tpch", "allow": "read-only"},
      {"allow": "all"}
    ],
    "queries": [
      {"user": "trinokit", "allow": ["execute", "view"]},
      {"allow": ["execute"]}
    ],
    "system_information": [
      {"user": "shutdown", "allow": ["read", "write"]},
      {"user": "trinokit|metrics", "allow": ["read"]}
    ]
  }
{{- end -}}

{{- define "trino.environment" -}}
{{- include "reference.secretEnvironment" (list . "trino-internal" (list "INTERNAL_SHARED_SECRET" "sharedSecret")) }}
{{ include "reference.secretEnvironment" (list . "trino-catalogs"
    (list "MINIO_ACCESS_KEY" "minioAccessKey")
    (list "MINIO_SECRET_KEY" "minioSecretKey")
    (list "MYSQL_READER_PASSWORD" "mysqlReaderPassword")
    (list "REDIS_PASSWORD" "redisPassword")) }}
{{- end -}}

{{- define "trino.mounts" -}}
- {name: config, mountPath: /etc/trino}
- {name: catalogs, mountPath: /etc/trino/catalog}
- {name: redis-tables, mountPath: /etc/trino/redis}
- {name: data, mountPath: /data/trino}
{{- end -}}

{{- define "trino.probes" -}}
ports:
  - {name: http, containerPort: 8080}
startupProbe:
  exec: {command: [/usr/lib/trino/bin/health-check]}
  periodSeconds: 5
  failureThreshold: 60
readinessProbe:
  exec: {command: [/usr/lib/trino/bin/health-check]}
  periodSeconds: 10
  timeoutSeconds: 5
livenessProbe:
  httpGet: {path: /v1/info, port: http}
  periodSeconds: 15
  timeoutSeconds: 10
  failureThreshold: 6
{{- end -}}

{{- /* "coordinator" or "worker": the volumes behind trino.mounts. */ -}}
{{- define "trino.volumes" -}}
- name: config
  configMap: {name: trino-{{ index . 1 }}}
- name: catalogs
  configMap: {name: trino-catalog}
- name: redis-tables
  configMap: {name: trino-redis-tables}
- name: data
  emptyDir: {}
{{- end -}}
