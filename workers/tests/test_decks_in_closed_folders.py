"""A folder that may not be read gives words, not a failed task."""

import os
from pathlib import Path

import pytest

from workers.errors import RefusedDropError
from workers.intake import deckfolder
from workers.tasks import sighting

DECK = "*NODE\n1,0.,0.,0.\n*STEP\n*STATIC\n*END STEP\n"


@pytest.fixture
def closed(monkeypatch):
    """Closes folders, as for a user who is not root."""
    real, names = os.scandir, set()

    def scandir(path):
        if Path(path).name in names:
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    return names.add


@pytest.mark.parametrize("name", ["run", "system"])
def test_a_closed_folder_is_refused_by_its_name(tmp_path, closed, name):
    (tmp_path / "run" / "system").mkdir(parents=True)
    closed(name)

    with pytest.raises(RefusedDropError) as refused:
        deckfolder.files_in(tmp_path / "run")

    assert str(refused.value) == (
        f"The folder {name} cannot be read (Permission denied);"
        " give the service's user read permission and drop it again."
    )


@pytest.mark.parametrize("name", ["run", "system", "gone"])
def test_no_job_is_made_of_a_folder_that_is_closed_or_gone(
    tmp_path, monkeypatch, caplog, closed, name
):
    (tmp_path / "run" / "system").mkdir(parents=True)
    (tmp_path / "run" / "beam.inp").write_text(DECK)
    monkeypatch.setattr(sighting, "root_path", lambda root: tmp_path)
    closed(name)
    caplog.set_level("INFO")

    sighting.take_up_deck("runs", "gone" if name == "gone" else "run")

    assert [record.getMessage()[:22] for record in caplog.records] == ["No job of the deck in "]
