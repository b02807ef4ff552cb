{{- /*
A MySQL with one database. Each of these takes a list: the root context, then a dictionary of
  namespace, name, component
  database, user        what the image makes on the first start, the user with all rights in the database
  bufferPool, resources, storage
  rootPassword, userPassword, exporterPassword
  initialize            shell that follows the making of the exporter's user
  secrets               more keys of the Secret, by the variable that initialize reads
*/ -}}

{{- define "mysql.objects" -}}
{{- $root := index . 0 -}}
{{- with index . 1 -}}
{{- $labels := list $root "mysql" .component -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "reference.labels" $labels | nindent 4 }}
automountServiceAccountToken: false
---
apiVersion: v1
kind: Secret
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "reference.labels" $labels | nindent 4 }}
type: Opaque
data:
  rootPassword: {{ .rootPassword | b64enc }}
  userPassword: {{ .userPassword | b64enc }}
  exporterPassword: {{ .exporterPassword | b64enc }}
  {{- range .secrets }}
  {{ .key }}: {{ .value | b64enc }}
  {{- end }}
---
{{ include "mysql.configuration" (list $root .) }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "reference.labels" $labels | nindent 4 }}
spec:
  selector:
    {{- include "reference.selector" $labels | nindent 4 }}
  ports:
    - {name: mysql, port: 3306, targetPort: mysql}
    - {name: metrics, port: 9104, targetPort: metrics}
---
# Gives the pod its name.
apiVersion: v1
kind: Service
metadata:
  name: {{ .name }}-headless
  namespace: {{ .namespace }}
  labels:
    {{- include "reference.labels" $labels | nindent 4 }}
spec:
  clusterIP: None
  selector:
    {{- include "reference.selector" $labels | nindent 4 }}
  ports:
    - {name: mysql, port: 3306, targetPort: mysql}
---
{{ include "mysql.statefulset" (list $root .) }}
{{- end }}
{{- end -}}

{{- define "mysql.configuration" -}}
{{- $root := index . 0 -}}
{{- with index . 1 -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "reference.labels" (list $root "mysql" .component) | nindent 4 }}
data:
  my.cnf: |
    [mysqld]
    character-set-server=utf8mb4
    collation-server=utf8mb4_0900_ai_ci
    default-time-zone=+00:00
    innodb_buffer_pool_size={{ .bufferPool }}
    # A query's text, plan and statistics are one row.
    max_allowed_packet=64M
    binlog_expire_logs_seconds=259200

    [client]
    default-character-set=utf8mb4
  # The image sources this on the first start, while the data directory is empty.
  initialize.sh: |
    docker_process_sql --database=mysql <<SQL
    CREATE USER 'exporter'@'127.0.0.1' IDENTIFIED BY '$EXPORTER_PASSWORD' WITH MAX_USER_CONNECTIONS 3;
    GRANT PROCESS, REPLICATION CLIENT ON *.* TO 'exporter'@'127.0.0.1';
    GRANT SELECT ON performance_schema.* TO 'exporter'@'127.0.0.1';
    SQL
    {{- with .initialize }}
    {{- . | trim | nindent 4 }}
    {{- end }}
{{- end }}
{{- end -}}

{{- define "mysql.statefulset" -}}
{{- $root := index . 0 -}}
{{- with index . 1 -}}
{{- $labels := list $root "mysql" .component -}}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "reference.labels" $labels | nindent 4 }}
spec:
  replicas: 1
  serviceName: {{ .name }}-headless
  selector:
    matchLabels:
      {{- include "reference.selector" $labels | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "reference.podLabels" $labels | nindent 8 }}
      annotations:
        checksum/config: {{ include "mysql.configuration" (list $root .) | sha256sum }}
    spec:
      serviceAccountName: {{ .name }}
      automountServiceAccountToken: false
      # Time to write all that is in memory.
      terminationGracePeriodSeconds: 120
      securityContext:
        {{- include "reference.podSecurity" (list $root 999) | nindent 8 }}
      containers:
        - name: mysql
          image: {{ include "reference.image" (list $root "mysql") }}
          env:
            - {name: MYSQL_DATABASE, value: {{ .database }}}
            - {name: MYSQL_USER, value: {{ .user }}}
            {{- include "reference.secretEnvironment" (list $root .name
                (list "MYSQL_ROOT_PASSWORD" "rootPassword")
                (list "MYSQL_PASSWORD" "userPassword")
                (list "EXPORTER_PASSWORD" "exporterPassword")) | nindent 12 }}
            {{- $secret := .name }}
            {{- range .secrets }}
            {{- include "reference.secretEnvironment" (list $root $secret (list .variable .key)) | nindent 12 }}
            {{- end }}
          ports:
            - {name: mysql, containerPort: 3306}
          # Over TCP: the server that the image starts to initialize answers on its socket only.
          startupProbe:
            exec: {command: [mysqladmin, ping, --host=127.0.0.1, --silent]}
            periodSeconds: 5
            failureThreshold: 60
          readinessProbe:
            exec: {command: [mysqladmin, ping, --host=127.0.0.1, --silent]}
            timeoutSeconds: 5
          livenessProbe:
            tcpSocket: {port: mysql}
            periodSeconds: 20
            failureThreshold: 6
          resources:
            {{- toYaml .resources | nindent 12 }}
          securityContext:
            {{- include "reference.containerSecurity" $root | nindent 12 }}
          volumeMounts:
            - {name: data, mountPath: /var/lib/mysql, subPath: mysql}
            - {name: config, mountPath: /etc/mysql/conf.d}
            - {name: initialize, mountPath: /docker-entrypoint-initdb.d}
        - name: exporter
          image: {{ include "reference.image" (list $root "mysql-exporter") }}
          args: [--mysqld.address=127.0.0.1:3306, --mysqld.username=exporter]
          env:
            {{- include "reference.secretEnvironment" (list $root .name
                (list "MYSQLD_EXPORTER_PASSWORD" "exporterPassword")) | nindent 12 }}
          ports:
            - {name: metrics, containerPort: 9104}
          readinessProbe:
            httpGet: {path: /, port: metrics}
          resources:
            requests: {cpu: 50m, memory: 64Mi}
            limits: {memory: 64Mi}
          securityContext:
            {{- include "reference.containerSecurity" $root | nindent 12 }}
            readOnlyRootFilesystem: true
      volumes:
        - name: config
          configMap:
            name: {{ .name }}
            items: [{key: my.cnf, path: my.cnf}]
        - name: initialize
          configMap:
            name: {{ .name }}
            items: [{key: initialize.sh, path: initialize.sh}]
  volumeClaimTemplates:
    {{- include "reference.claim" (list $root .storage) | nindent 4 }}
{{- end }}
{{- end -}}

{{- /* root, the dictionary, the clients' peers as YAML. */ -}}
{{- define "mysql.networkPolicy" -}}
{{- $root := index . 0 -}}
{{- $clients := index . 2 -}}
{{- with index . 1 -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "reference.labels" (list $root "mysql" "network-policy") | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      {{- include "reference.selector" (list $root "mysql" .component) | nindent 6 }}
  policyTypes: [Ingress]
  ingress:
    - from:
        {{- $clients | nindent 8 }}
      ports:
        - {protocol: TCP, port: 3306}
    - from:
        {{- include "reference.prometheus" (list $root) | nindent 8 }}
      ports:
        - {protocol: TCP, port: 9104}
{{- end }}
{{- end -}}
