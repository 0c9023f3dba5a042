"""Each test begins in a process that remembers nothing of the one before."""

import pytest

from pdfjobs import known
from pdfjobs.views import shared


@pytest.fixture(autouse=True)
def nothing_is_remembered(monkeypatch):
    monkeypatch.setattr(shared, "FRESH_S", 0.0)
    known.forget()
    shared.forget()
