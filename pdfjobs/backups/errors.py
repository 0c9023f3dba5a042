"""Why a backup cannot be made or used; the texts name the file or the key and say what to do."""


class BackupError(Exception):
    """Base of this room's errors."""


class DamagedError(BackupError):
    """Something in a backup is not what was put there."""


class MissingError(BackupError):
    """A store has nothing of that name."""
