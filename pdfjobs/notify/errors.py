"""Why a message cannot go where it was meant to; the texts are for the person who gave the address."""


class NotifyError(Exception):
    """Base of this room's errors."""


class AddressError(NotifyError):
    """Nothing can be sent to such an address."""


class CarryError(NotifyError):
    """A message was not taken."""

    def __init__(self, words: str, *, permanent: bool = False, everybody: bool = False) -> None:
        super().__init__(words)
        self.permanent = permanent
        """It will not be taken later either."""
        self.everybody = everybody
        """Nor would any other message of this kind now: the server itself is away."""
