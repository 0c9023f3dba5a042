"""The table [backup] of pdfjobs.toml."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from pdfjobs import passwordfile
from pdfjobs.table import Table

KEY_VARIABLE = "PDFJOBS_BACKUP_KEY"
SECRET_VARIABLE = "PDFJOBS_BACKUP_S3_SECRET"  # nosec B105 # a name, no secret


class Backup(Table):
    to: str = ""
    """Where backups go: a folder, absolute, or "s3://bucket/prefix"; empty: VAR/backups, on the diary's own disk."""
    keep: Annotated[int, Field(ge=1, le=10_000)] = 14
    """How many backups stay; when one more is made, the oldest goes."""
    warn_after_h: Annotated[float, Field(ge=0)] = 36
    """The status warns when the newest backup is so many hours old, where `to` is set or `production` is true; 0: never."""
    key_file: passwordfile.PasswordFile | None = None
    """Absolute; holds an age identity ("AGE-SECRET-KEY-1…"), mode 0600, and backups are encrypted. Keep a copy of it
    elsewhere. The environment's PDFJOBS_BACKUP_KEY wins."""
    s3_endpoint: Annotated[str, Field(pattern=r"^(https?://[^\s/]+)?$")] = ""
    """Address of an S3-compatible server, such as "https://s3.example.com"; empty: Amazon's."""
    s3_region: str = ""
    """Region of the bucket; empty: what the environment says, else us-east-1."""
    s3_access_key: str = ""
    """Name of the access key; empty: found as Amazon's own tools do, in environment, ~/.aws or the host's role."""
    s3_secret_file: passwordfile.PasswordFile | None = None
    """Absolute; holds the access key's secret, mode 0600. The environment's PDFJOBS_BACKUP_S3_SECRET wins."""

    @field_validator("to")
    @classmethod
    def _is_a_place(cls, to: str) -> str:
        if to.startswith("s3://") and to.removeprefix("s3://").partition("/")[0]:
            return to.rstrip("/")
        if to and not Path(to).is_absolute():
            raise ValueError('must be an absolute folder or "s3://bucket/prefix"')
        return to

    def key(self) -> str:
        """Raises ConfigError for a file that cannot be read or that others may read."""
        return passwordfile.read(self.key_file, "backup.key_file", KEY_VARIABLE)

    def s3_secret(self) -> str:
        """Raises ConfigError likewise."""
        return passwordfile.read(self.s3_secret_file, "backup.s3_secret_file", SECRET_VARIABLE)
