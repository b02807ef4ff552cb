"""Which plugins of Trino touch the JDK's own Kerberos packages, when, and what happens where they are not exported?

Measured on every class of Trino 476, and by calling each of these places on JDK 25 with and without the flag.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

MEASURED_TRINO, MEASURED_JAVA = "476", 25
KERBEROS_MODULE, KERBEROS_PACKAGE = "java.security.jgss", "sun.security.krb5"

# `perhaps` where a file tells that is not looked into.
Need = Literal["yes", "perhaps", "no"]

# One setting of a file of properties names the plugin that reads the rest of it.
_PLUGIN_BY_PROPERTY = {
    "connector.name": {
        "delta_lake": "delta-lake",
        "hive": "hive",
        "hudi": "hudi",
        "iceberg": "iceberg",
        "kafka": "kafka",
        "oracle": "oracle",
    },
    "exchange-manager.name": {"hdfs": "exchange-hdfs"},
    "event-listener.name": {"kafka": "kafka-event-listener"},
    "access-control.name": {"ranger": "ranger"},
    "resource-groups.configuration-manager": {"db": "resource-group-managers"},
}


@dataclass(frozen=True)
class PluginUse:
    """What a *plugin* does with the *package*: *effect_without_export* says what happens where it is not exported.

    No *package* means that it mentions one and needs no export for that. *needed* is `yes`, `perhaps` where a file
    tells that is not looked into, or `no`; *why* names the setting that decides.
    """

    plugin: str
    package: str = ""
    effect_without_export: str = ""
    needed: Need = "no"
    why: str = ""


@dataclass(frozen=True)
class _PluginNeed:
    package: str
    effect_without_export: str
    settings: tuple[tuple[tuple[str, ...], str], ...] = ()


_HADOOP_EFFECT = (
    "its Hadoop client asks for the realm of a server that it reaches over HTTP, such as a KMS; without the flag it "
    "takes the default realm, whatever [domain_realm] of krb5.conf says. HDFS and the metastore do not need it"
)
_KAFKA_EFFECT = (
    "its Kafka client asks which error Kerberos met; without the flag it takes one that passes, such as a ticket that "
    "is not valid yet, for final, and gives no hint when a broker is unknown to the KDC. The login does not need it"
)
_ORACLE_EFFECT = "its Oracle driver looks up whether the JDK has one of the classes, which needs no flag"
_HDFS_PROPERTIES = ((("fs.hadoop.enabled",), "true"), (("hive.hdfs.authentication.type",), "kerberos"))
_KAFKA_LISTENER_KEYS = ("kafka-event-listener.config.resources", "kafka-event-listener.client-config-overrides")
_PLUGIN_NEEDS = {
    **dict.fromkeys(
        ("delta-lake", "hive", "hudi", "iceberg"), _PluginNeed(KERBEROS_PACKAGE, _HADOOP_EFFECT, _HDFS_PROPERTIES)
    ),
    "exchange-hdfs": _PluginNeed(KERBEROS_PACKAGE, _HADOOP_EFFECT, ((("hdfs.config.resources",), ""),)),
    "ranger": _PluginNeed(KERBEROS_PACKAGE, _HADOOP_EFFECT, ((("ranger.hadoop.config.resource",), ""),)),
    "kafka": _PluginNeed(KERBEROS_PACKAGE, _KAFKA_EFFECT, ((("kafka.config.resources",), ""),)),
    "kafka-event-listener": _PluginNeed(KERBEROS_PACKAGE, _KAFKA_EFFECT, ((_KAFKA_LISTENER_KEYS, ""),)),
    **dict.fromkeys(("oracle", "resource-group-managers"), _PluginNeed("", _ORACLE_EFFECT)),
}


def plugin_use(properties: Mapping[str, str]) -> PluginUse | None:
    """What the plugin that these *properties* configure does with the packages; None where it mentions none."""
    plugin_names = [names.get(properties.get(key, "").strip()) for key, names in _PLUGIN_BY_PROPERTY.items()]
    plugin = next(filter(None, plugin_names), None)
    if plugin is None:
        return None
    reason = _PLUGIN_NEEDS[plugin]
    if not reason.package:
        return PluginUse(plugin, effect_without_export=reason.effect_without_export)
    needed, reason_text = _need_and_reason(reason, properties)
    return PluginUse(
        plugin=plugin,
        package=reason.package,
        effect_without_export=reason.effect_without_export,
        needed=needed,
        why=reason_text,
    )


def _need_and_reason(reason: _PluginNeed, properties: Mapping[str, str]) -> tuple[Need, str]:
    needed, settings_found = "yes", []
    for keys, value in reason.settings:
        given_settings = [(key, properties[key].strip()) for key in keys if properties.get(key, "").strip()]
        if not given_settings or (value and given_settings[0][1].lower() != value):
            return "no", f"{keys[0]} is not {value}" if value else f"{' and '.join(keys)} {_is_not_set(keys)}"
        # The value of a setting may hold a password, save where it is one of the words above.
        settings_found.append(f"{given_settings[0][0]}={value}" if value else f"{given_settings[0][0]} is set")
        needed = needed if value else "perhaps"
    return needed, ", ".join(settings_found)


def _is_not_set(keys: tuple[str, ...]) -> str:
    return "are not set" if len(keys) > 1 else "is not set"
