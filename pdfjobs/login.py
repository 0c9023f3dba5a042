"""How often a password may be guessed."""

from typing import Annotated

from pydantic import Field

from pdfjobs.table import Table


class Login(Table):
    window_s: Annotated[int, Field(ge=10, le=86_400)] = 600
    """A failed login counts for so long; who has used up the tries below waits until the oldest is over."""
    tries: Annotated[int, Field(ge=1, le=1000)] = 5
    """Of one account from one address, and from a browser that this account has logged in with before."""
    tries_of_account: Annotated[int, Field(ge=1, le=10_000)] = 25
    """Of one account from all addresses; browsers that it has logged in with before are not held up by it."""
    tries_of_address: Annotated[int, Field(ge=1, le=10_000)] = 50
    """Of one address at all accounts; known browsers are not held up by it. An office may share one address."""
