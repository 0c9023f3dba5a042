"""[ldap] in the terms of django-auth-ldap, which with python-ldap is there where provision/requirements-ldap.txt is."""

from typing import Any

from pdfjobs.directory.table import Ldap
from pdfjobs.table import ConfigError

BACKEND = "pdfjobs.directory.backend.Directory"
TIMEOUT_S = 3
"""A thread of the pages waits for no directory longer than this."""


def for_django(table: Ldap) -> dict[str, Any]:
    """Django's settings for this directory."""
    try:
        import ldap
        from django_auth_ldap import config
    except ImportError as error:
        raise ConfigError(
            f"ldap.url = {table.url!r}: needs python-ldap and django-auth-ldap ({error});"
            " pip install -r provision/requirements-ldap.txt"
        ) from error
    kinds = {
        "groupOfNames": config.GroupOfNamesType(),
        "groupOfUniqueNames": config.GroupOfUniqueNamesType(),
        "posixGroup": config.PosixGroupType(),
        "activeDirectory": config.NestedActiveDirectoryGroupType(),
    }
    kind = "group" if table.group_kind == "activeDirectory" else table.group_kind
    options = {
        ldap.OPT_NETWORK_TIMEOUT: TIMEOUT_S,
        ldap.OPT_TIMEOUT: TIMEOUT_S,
        ldap.OPT_REFERRALS: 0,
        ldap.OPT_X_TLS_REQUIRE_CERT: ldap.OPT_X_TLS_DEMAND,
    }
    if table.ca_file is not None:
        options[ldap.OPT_X_TLS_CACERTFILE] = str(table.ca_file)
    options[ldap.OPT_X_TLS_NEWCTX] = 0  # last: it makes the ones before count
    answer = {
        "AUTHENTICATION_BACKENDS": ["django.contrib.auth.backends.ModelBackend", BACKEND],
        "AUTH_LDAP_SERVER_URI": table.url,
        "AUTH_LDAP_START_TLS": table.start_tls,
        "AUTH_LDAP_CONNECTION_OPTIONS": options,
        "AUTH_LDAP_BIND_DN": table.bind_dn,
        "AUTH_LDAP_BIND_PASSWORD": table.password(),
        "AUTH_LDAP_USER_SEARCH": config.LDAPSearch(table.people, ldap.SCOPE_SUBTREE, table.person),
        "AUTH_LDAP_USER_ATTR_MAP": {"first_name": "givenName", "last_name": "sn", "email": "mail"},
    }
    if table.groups:
        answer["AUTH_LDAP_GROUP_SEARCH"] = config.LDAPSearch(
            table.groups, ldap.SCOPE_SUBTREE, f"(objectClass={kind})"
        )
        answer["AUTH_LDAP_GROUP_TYPE"] = kinds[table.group_kind]
    if table.required:
        answer["AUTH_LDAP_REQUIRE_GROUP"] = table.required
    return answer
