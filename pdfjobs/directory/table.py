"""[ldap] in pdfjobs.toml: how the directory is asked, and what its groups mean here."""

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from pdfjobs import passwordfile
from pdfjobs.table import Table

PASSWORD_VARIABLE = "PDFJOBS_LDAP_PASSWORD"  # nosec B105 # a name, no secret
GroupKind = Literal["groupOfNames", "groupOfUniqueNames", "posixGroup", "activeDirectory"]


class GroupRole(Table):
    group: str
    """Distinguished name of a group."""
    project: Annotated[str, Field(min_length=1, max_length=200)]
    """Project whose members follow the groups named for it; made where there is none yet."""
    role: Literal["viewer", "member", "manager"] = "member"
    """What the group's people may do in it; of several groups the highest counts."""


class Ldap(Table):
    url: Annotated[str, Field(pattern=r"^((ldaps?|ldapi)://[^\s]*)?$")] = ""
    """The directory, as "ldaps://ldap.example.com" or "ldapi:///"; empty: accounts are the diary's own alone."""
    start_tls: bool = False
    """An ldap:// address is asked to go on encrypted before anything else is said."""
    ca_file: Annotated[Path, Field(strict=False)] | None = None
    """Certificates that the directory's is checked against; none: those of the machine."""
    bind_dn: str = ""
    """Who searches for people and groups; empty: nobody in particular."""
    password_file: passwordfile.PasswordFile | None = None
    """Absolute; holds the password of bind_dn, mode 0600. The environment's PDFJOBS_LDAP_PASSWORD wins."""
    people: str = ""
    """Where people are, as "ou=people,dc=example,dc=com"."""
    person: str = "(uid=%(user)s)"
    """Finds one of them by account name. Whom it does not find loses access: leave disabled accounts out here."""
    groups: str = ""
    """Where groups are; empty: none are asked for."""
    group_kind: GroupKind = "groupOfNames"
    """How groups name their members."""
    required: str = ""
    """Distinguished name of a group whose members alone may log in; empty: everybody who is found."""
    staff: list[str] = Field(default_factory=list)
    """Distinguished names of groups whose members are staff here."""
    administrators: list[str] = Field(default_factory=list)
    """Of groups whose members are staff, and may change accounts."""
    roles: list[GroupRole] = Field(default_factory=list)
    """What else groups give: a role in a project, a table each."""

    @model_validator(mode="after")
    def _says_where(self) -> Self:
        if not self.url:
            if self.model_fields_set - {"url"}:
                raise ValueError('only with url, such as "ldaps://ldap.example.com"')
            return self
        if not self.people:
            raise ValueError('people is missing, such as "ou=people,dc=example,dc=com"')
        if self.person.count("%(user)s") != 1:
            raise ValueError('person must say where the name goes, such as "(uid=%(user)s)"')
        if not self.groups and (self.required or self.staff or self.administrators or self.roles):
            raise ValueError('groups is missing, such as "ou=groups,dc=example,dc=com"')
        return self

    @property
    def is_in_the_clear(self) -> bool:
        """Whether passwords would cross a network as they are typed."""
        return urlsplit(self.url).scheme == "ldap" and not self.start_tls

    def password(self) -> str:
        """Raises ConfigError for a file that cannot be read or that others may read."""
        return passwordfile.read(self.password_file, "ldap.password_file", PASSWORD_VARIABLE)
