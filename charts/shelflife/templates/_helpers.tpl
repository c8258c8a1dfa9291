{{- define "shelflife.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{/* Leaves room for "-catalogs" and for the eleven characters that a CronJob appends to its Jobs. */}}
{{- define "shelflife.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 43 | trimSuffix "-" -}}
{{- else if contains (include "shelflife.name" .) .Release.Name -}}
{{- .Release.Name | trunc 43 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "shelflife.name" .) | trunc 43 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels that select the objects of this release or, with a component added, its pods. */}}
{{- define "shelflife.instanceLabels" -}}
app.kubernetes.io/name: {{ include "shelflife.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "shelflife.selectorLabels" -}}
{{ include "shelflife.instanceLabels" . }}
app.kubernetes.io/component: webhook
{{- end -}}

{{- define "shelflife.labels" -}}
{{ include "shelflife.instanceLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* For a list (context, "1.30"): "true" if the version of the server is at least that. */}}
{{- define "shelflife.since" -}}
{{- if semverCompare (printf ">=%s.0-0" (index . 1)) (index . 0).Capabilities.KubeVersion.Version -}}true{{- end -}}
{{- end -}}

{{/* For a list (a, b, names): a CEL condition that the maps a and b are equal except for these keys. */}}
{{- define "shelflife.sameFields" -}}
{{- $a := index . 0 }}{{ $b := index . 1 }}{{ $names := printf "['%s']" (join "', '" (index . 2)) -}}
{{ $a }}.all(key, key in {{ $names }} || key in {{ $b }} && {{ $a }}[key] == {{ $b }}[key]) && {{ $b }}.all(key, key in {{ $names }} || key in {{ $a }})
{{- end -}}

{{- define "shelflife.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "shelflife.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* The repository, in global.imageRegistry if that is set. A name's first part is a registry if it could not be a part
of a path. */}}
{{- define "shelflife.repository" -}}
{{- $parts := splitList "/" .Values.image.repository -}}
{{- if and .Values.global.imageRegistry (gt (len $parts) 1) (regexMatch "[.:]|^localhost$" (first $parts)) -}}
{{- $parts = rest $parts -}}
{{- end -}}
{{- with .Values.global.imageRegistry }}{{ . | trimSuffix "/" }}/{{ end -}}
{{- join "/" $parts -}}
{{- end -}}

{{- define "shelflife.image" -}}
{{- include "shelflife.repository" . -}}
{{- if .Values.image.digest -}}
@{{ .Values.image.digest }}
{{- else -}}
:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* The name of the Secret with the certificate. */}}
{{- define "shelflife.tlsSecret" -}}
{{- if eq .Values.tls.mode "secret" -}}
{{- required "tls.mode is secret, so tls.secret.name must name a Secret of type kubernetes.io/tls" .Values.tls.secret.name -}}
{{- else -}}
{{- include "shelflife.fullname" . }}-tls
{{- end -}}
{{- end -}}

{{/* The name of the ConfigMap with additional catalogs, or nothing. */}}
{{- define "shelflife.catalogConfigMap" -}}
{{- if .Values.catalogs.existingConfigMap -}}
{{- .Values.catalogs.existingConfigMap -}}
{{- else if or .Values.catalogs.files .Values.catalogs.compressedFiles -}}
{{- include "shelflife.fullname" . }}-catalogs
{{- end -}}
{{- end -}}

{{/* The name of the PersistentVolumeClaim for the cache of catalogs from URLs, or nothing. */}}
{{- define "shelflife.cacheClaim" -}}
{{- if .Values.catalogs.urls -}}
{{- if .Values.catalogs.cache.existingClaim -}}
{{- .Values.catalogs.cache.existingClaim -}}
{{- else if .Values.catalogs.cache.claim -}}
{{- include "shelflife.fullname" . }}-cache
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Flags, mounts and volumes for policy and catalogs, which all commands need. */}}
{{- define "shelflife.sourceArgs" -}}
- --policy=/etc/shelflife/policy/policy.yaml
{{- if include "shelflife.catalogConfigMap" . }}
- --catalog=/etc/shelflife/catalogs
{{- end }}
{{- range .Values.catalogs.urls }}
- {{ printf "--catalog=%s" . | quote }}
{{- end }}
{{- if .Values.catalogs.urls }}
- --catalog-key=/etc/shelflife/policy/catalog-key.pem
- --cache-dir=/var/cache/shelflife
{{- if .Values.catalogs.ca.configMap }}
- --ca-file=/etc/shelflife/ca/ca.crt
{{- end }}
{{- range $name, $serial := .Values.catalogs.minSerials }}
- {{ printf "--min-serial=%s=%d" $name (int64 $serial) | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "shelflife.sourceMounts" -}}
- name: policy
  mountPath: /etc/shelflife/policy
  readOnly: true
{{- if include "shelflife.catalogConfigMap" . }}
- name: catalogs
  mountPath: /etc/shelflife/catalogs
  readOnly: true
{{- end }}
{{- if .Values.catalogs.urls }}
- name: cache
  mountPath: /var/cache/shelflife
{{- if .Values.catalogs.ca.configMap }}
- name: ca
  mountPath: /etc/shelflife/ca
  readOnly: true
{{- end }}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "shelflife.sourceVolumes" -}}
- name: policy
  configMap:
    name: {{ include "shelflife.fullname" . }}-policy
{{- with include "shelflife.catalogConfigMap" . }}
- name: catalogs
  configMap:
    name: {{ . }}
{{- end }}
{{- if .Values.catalogs.urls }}
- name: cache
  {{- with include "shelflife.cacheClaim" . }}
  persistentVolumeClaim:
    claimName: {{ . }}
  {{- else }}
  emptyDir:
    sizeLimit: {{ .Values.catalogs.cache.sizeLimit }}
  {{- end }}
{{- with .Values.catalogs.ca.configMap }}
- name: ca
  configMap:
    name: {{ . }}
    items:
      - key: {{ $.Values.catalogs.ca.key }}
        path: ca.crt
{{- end }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The name of the inventory: that of its Deployment, and the beginning of the names of its ConfigMaps. */}}
{{- define "shelflife.inventoryName" -}}
{{- include "shelflife.fullname" . }}-inventory
{{- end -}}

{{/* The names of the ConfigMaps of both sets, as a list. */}}
{{- define "shelflife.inventoryParts" -}}
{{- range $set := list "a" "b" }}
{{- range $part := until (int $.Values.inventory.parts) }}
- {{ include "shelflife.inventoryName" $ }}-{{ $set }}-{{ $part }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Whether pods that judge have an inventory. */}}
{{- define "shelflife.hasInventory" -}}
{{- if or .Values.inventory.enabled .Values.inventory.read -}}true{{- end -}}
{{- end -}}

{{/* The flag, mount and volume for the inventory of pods that judge. */}}
{{- define "shelflife.inventoryArgs" -}}
{{- if include "shelflife.hasInventory" . }}
- --inventory=/etc/shelflife/inventory
{{- end }}
{{- end -}}

{{- define "shelflife.inventoryMounts" -}}
{{- if include "shelflife.hasInventory" . }}
- name: inventory
  mountPath: /etc/shelflife/inventory
  readOnly: true
{{- end }}
{{- end -}}

{{/* Both sets are mounted: while one is written, the other is complete. ConfigMaps that do not exist are left out. */}}
{{- define "shelflife.inventoryVolumes" -}}
{{- if include "shelflife.hasInventory" . }}
- name: inventory
  projected:
    sources:
      {{- range $name := splitList "\n" (include "shelflife.inventoryParts" . | trim) }}
      - configMap:
          name: {{ trimPrefix "- " $name }}
          optional: true
      {{- end }}
{{- end }}
{{- end -}}

{{/* The annotations of every pod of the chart: a cluster autoscaler does not remove a node with a pod that has an
emptyDir, unless an annotation says that the volume may be lost. */}}
{{- define "shelflife.podAnnotations" -}}
{{- if and .Values.catalogs.urls (not (include "shelflife.cacheClaim" .)) }}
cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes: cache
{{- end }}
{{- with .Values.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The fields that every pod of the chart has. */}}
{{- define "shelflife.podBasics" -}}
enableServiceLinks: false
{{- with concat .Values.imagePullSecrets .Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ ternary . (dig "name" "" (ternary dict . (kindIs "string" .))) (kindIs "string" .) }}
  {{- end }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext: {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
