"""What keeps backups from being read or made up by others: an age identity, or nothing.

age's format is a published one: `age --decrypt -i KEYFILE` reads what is written here, without this program.
"""

import hashlib
import hmac
import shutil
from typing import BinaryIO, Protocol

import pyrage

from pdfjobs.backups.errors import BackupError, DamagedError
from pdfjobs.backups.store import BLOCK


class Key(Protocol):
    ending: str
    """Of encrypted files' names."""

    def encrypt(self, source: BinaryIO, target: BinaryIO) -> None:
        """Both in pieces: memory does not grow with the file."""

    def decrypt(self, source: BinaryIO, target: BinaryIO, place: str) -> None:
        """DamagedError with the place for what was changed, or is for another key."""

    def fingerprint(self, about: str, content: bytes) -> str:
        """That nobody without the key can make."""

    def name_of(self, sha256: str) -> str:
        """What a content is called in the store: with a key it tells nobody what it is."""


class NoKey:
    """Nothing is encrypted; fingerprints tell damage, and no forgery."""

    ending = ""

    def encrypt(self, source: BinaryIO, target: BinaryIO) -> None:
        shutil.copyfileobj(source, target, BLOCK)

    def decrypt(self, source: BinaryIO, target: BinaryIO, place: str) -> None:
        shutil.copyfileobj(source, target, BLOCK)

    def fingerprint(self, about: str, content: bytes) -> str:
        return hashlib.sha256(content).hexdigest()

    def name_of(self, sha256: str) -> str:
        return sha256


class AgeKey:
    """One identity, which reads what was encrypted to it."""

    ending = ".age"

    def __init__(self, text: str) -> None:
        lines = [line.strip() for line in text.splitlines() if not line.lstrip().startswith("#")]
        try:
            (line,) = filter(None, lines)
            self._identity = pyrage.x25519.Identity.from_str(line)
        except (ValueError, pyrage.IdentityError):
            raise BackupError(
                "backup.key_file: no age identity; make one: manage.py backup --new-key FILE"
            ) from None
        self._secret = str(self._identity).encode()

    def encrypt(self, source: BinaryIO, target: BinaryIO) -> None:
        pyrage.encrypt_io(source, target, [self._identity.to_public()])

    def decrypt(self, source: BinaryIO, target: BinaryIO, place: str) -> None:
        try:
            pyrage.decrypt_io(source, target, [self._identity])
        except (pyrage.DecryptError, OSError) as error:
            if getattr(error, "errno", None) is not None:
                raise  # the target's: a full disk is no damage
            raise DamagedError(
                f"{place}: cannot be decrypted ({error}): damaged, or for another key than backup.key_file"
            ) from None

    def fingerprint(self, about: str, content: bytes) -> str:
        own = hmac.digest(self._secret, f"pdfjobs {about}".encode(), "sha256")
        return hmac.digest(own, content, "sha256").hex()

    def name_of(self, sha256: str) -> str:
        return self.fingerprint("attachment", bytes.fromhex(sha256))


def key_of(text: str) -> Key:
    return AgeKey(text) if text else NoKey()


def new_identity() -> str:
    """The lines of a key file."""
    identity = pyrage.x25519.Identity.generate()
    return f"# public key: {identity.to_public()}\n{identity}\n"
