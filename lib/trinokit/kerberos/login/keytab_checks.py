"""Is a keytab what it should be? Whose keys it holds, with which numbers, how strong they are, and who may read it."""

from collections.abc import Iterator

from trinokit.findings import CRITICAL, INFO, OK, WARNING, Finding
from trinokit.observations import Keytab, KeytabKey, LoginAttempt

# Java refuses these from 17 on, unless allow_weak_crypto says otherwise.
# https://bugs.openjdk.org/browse/JDK-8139348
_WEAK_ENCRYPTION = ("des", "rc4", "arcfour", "DEPRECATED")
_OTHERS_MODE_BITS = 0o007
_EXPORT_REMEDY = "export it anew, and the coordinator reads it without a restart"


def client_keytab_findings(realm: LoginAttempt) -> Iterator[Finding]:
    """Whether the keytab with which the client logs in can be read and is strong; whether it is right kinit says."""
    if realm.client is None:
        return
    if realm.client.problem and realm.ticket and realm.ticket.failure in ("no keytab", "not in keytab"):
        return
    yield from _keytab_file_findings(realm.client, realm.principal)


def server_keytab_findings(realm: LoginAttempt) -> Iterator[Finding]:
    """Whether the coordinator's keytab opens the tickets that the KDC issues for it."""
    keytab = realm.server
    if keytab is None:
        sentence = "was not looked at: name it, to compare the number of its key with the KDC's"
        yield Finding(INFO, "keytab of the coordinator", sentence)
        return
    principal = f"{realm.service}@{realm.principal.rpartition('@')[2]}"
    yield from _keytab_file_findings(keytab, principal)
    own = [key for key in keytab.keys if key.principal == principal]
    # Without a ticket it is not known which realm it has to be of, nor what opens it.
    if keytab.problem or not keytab.keys or realm.issued is None:
        return
    if not own:
        # Whoever asks for the wrong principal is told so already.
        if realm.issued.failure != "unknown service":
            yield Finding(CRITICAL, keytab.where, _wrong_principal_text(keytab, principal))
    elif realm.fits is False:
        yield Finding(CRITICAL, keytab.where, _wrong_key_text(own, realm))
    elif realm.fits:
        yield Finding(
            OK, keytab.where, f"holds number {realm.kvno} of the keys of {principal}, which opens its tickets"
        )


def _keytab_file_findings(keytab: Keytab, principal: str) -> Iterator[Finding]:
    if keytab.problem:
        yield Finding(CRITICAL, keytab.where, f"could not be read: {keytab.problem}")
    elif not keytab.keys:
        yield Finding(CRITICAL, keytab.where, "holds no key: export it anew")
    if keytab.mode is not None and keytab.mode & _OTHERS_MODE_BITS:
        sentence = f"is open to every user of this machine (mode {keytab.mode:o}): chmod 600"
        yield Finding(WARNING, keytab.where, sentence)
    yield from _weak_key_findings(keytab, [key for key in keytab.keys if key.principal == principal])


def _weak_key_findings(keytab: Keytab, own: list[KeytabKey]) -> Iterator[Finding]:
    weak = sorted({key.encryption for key in own if key.encryption.startswith(_WEAK_ENCRYPTION)})
    if not weak:
        return
    only = all(key.encryption in weak for key in own)
    remaining_text = "no other one" if only else "stronger ones beside them"
    sentence = (
        f"holds keys of {own[0].principal} that Java refuses from 17 on ({', '.join(weak)}), and {remaining_text}"
    )
    remedy = "let the KDC issue aes256-cts and export it anew"
    yield Finding(CRITICAL if only else WARNING, keytab.where, f"{sentence}: {remedy}")


def _wrong_principal_text(keytab: Keytab, principal: str) -> str:
    names = sorted({key.principal for key in keytab.keys})
    name, _, realm = principal.rpartition("@")
    elsewhere = [each for each in names if each.rpartition("@")[0] == name]
    if elsewhere:
        other = elsewhere[0].rpartition("@")[2]
        return f"holds a key of {elsewhere[0]}, which is of the realm {other}, and tickets are issued by {realm}"
    return f"holds no key of {principal}, but of {', '.join(names)}: export that of the principal which clients ask for"


def _wrong_key_text(own: list[KeytabKey], realm: LoginAttempt) -> str:
    numbers = sorted({key.kvno for key in own})
    if realm.kvno not in numbers:
        numbers_text = ", ".join(map(str, numbers))
        return (
            f"holds number {numbers_text} of the keys of {own[0].principal}, and the KDC issues tickets with number "
            f"{realm.kvno}: somebody ran ktadd or changed its password; {_EXPORT_REMEDY}"
        )
    ciphers = sorted({key.encryption for key in own if key.kvno == realm.kvno})
    if realm.encryption and realm.encryption not in ciphers:
        return (
            f"holds {', '.join(ciphers)} of {own[0].principal}, and the KDC encrypts its tickets with "
            f"{realm.encryption}: export it anew with every key"
        )
    return (
        f"holds another key than the KDC under the same number {realm.kvno} of {own[0].principal}: "
        f"it was deleted and added again; {_EXPORT_REMEDY}"
    )
