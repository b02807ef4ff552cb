"""Through which session is a server asked over HTTP whose certificates its own entry names?"""

from urllib.parse import urlsplit

import requests


def isolated_session(url: str, verify: str | bool) -> requests.Session:
    """A session for *url* that trusts what *verify* says, and takes of the environment nothing but its proxies."""
    session = requests.Session()
    # A .netrc would give a password that nobody declared, and REQUESTS_CA_BUNDLE would win over our own certificate.
    # https://github.com/psf/requests/issues/3829
    session.proxies = requests.utils.get_environ_proxies(url)
    session.trust_env = False
    session.verify = verify
    return session


def url_without_credentials(url: str) -> str:
    """The *url* as it may be shown.

    >>> url_without_credentials("https://ann:hunter2@trino.example.com:8443/x")
    'https://trino.example.com:8443/x'
    """
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
