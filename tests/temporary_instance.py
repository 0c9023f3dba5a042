"""Loaded by pytest before Django's settings: tests never touch the instance that somebody works with."""

import atexit
import os
import shutil
import tempfile

_folder = tempfile.mkdtemp(prefix="pdfjobs-test-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ["PDFJOBS_VAR"] = _folder
for _name in ("PDFJOBS_CONFIG", "REDIS_URL", "RQ_KEY_PREFIX"):
    os.environ.pop(_name, None)
