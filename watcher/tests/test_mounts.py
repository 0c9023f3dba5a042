"""The mount table, as kernels print it and as this kernel makes it."""

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.mounts import Mount, MountBell, Mounts, needs_polling

from .conftest import ROOM

# A workstation with two shares, one of them mounted within the other; an older share hidden below /mnt.
TABLE = rb"""22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
60 27 0:50 / /mnt/old rw,relatime shared:9 master:3 propagate_from:2 - nfs 10.0.0.1:/old rw
61 27 0:51 / /mnt rw,relatime - tmpfs tmpfs rw
40 27 0:40 / /home/caf\351 rw,relatime shared:20 - nfs4 server:/home rw,vers=4.2
41 40 0:41 / /home/caf\351/big\040jobs\134\011\012\043 rw,relatime shared:21 unbindable - lustre mgs@tcp:/big\040jobs rw
42 41 254:0 /var/tmp /home/caf\351/big\040jobs\134\011\012\043/local rw,relatime - ext4 /dev/vda rw
43 27 0:44 / /data rw - fuse.sshfs me@host:/data rw,user_id=0
44 43 0:45 / /data rw - cifs //server/data rw
45 27 0:46 / /gone//deleted rw - nfs4 server:/gone rw
"""
BIG = "/home/caf\udce9/big jobs\\\t\n#"


@pytest.fixture
def mounts(tmp_path):
    table = tmp_path / "mountinfo"
    table.write_bytes(TABLE)
    return Mounts.read(table)


@pytest.mark.parametrize(
    ("path", "fs_type"),
    [
        ("/", "ext4"),
        ("/etc/hosts", "ext4"),
        ("/proc", "proc"),
        ("/proc/self/fd", "proc"),
        ("/process", "ext4"),
        ("/mnt", "tmpfs"),
        ("/mnt/old", "tmpfs"),
        ("/mnt/old/run", "tmpfs"),
        ("/home/café", "ext4"),
        ("/home/caf\udce9", "nfs4"),
        ("/home/caf\udce9/", "nfs4"),
        ("/home/caf\udce9/big jobs", "nfs4"),
        (BIG, "lustre"),
        (BIG + "/job/run-1", "lustre"),
        (BIG + "/local/job", "ext4"),
        (BIG + "/local/../job", "lustre"),
        ("/data/job", "cifs"),
        ("/gone", "ext4"),
    ],
)
def test_a_path_is_on_the_mount_that_the_kernel_would_reach(mounts, path, fs_type):
    assert mounts.fs_type_of(path) == fs_type


@pytest.mark.parametrize(
    ("path", "below"),
    [
        (
            "/home/",
            {"caf\udce9": "nfs4", f"{BIG[6:]}": "lustre", f"{BIG[6:]}/local": "ext4"},
        ),
        (BIG, {"local": "ext4"}),
        ("/mnt", {}),
        ("/data", {}),
        ("/dat", {}),
    ],
)
def test_the_mounts_below_a_folder_are_those_that_can_be_seen(mounts, path, below):
    assert mounts.below(path) == below


def test_all_visible_mounts_lie_below_the_root(mounts):
    assert list(mounts.below("/")) == [
        "data",
        "home/caf\udce9",
        f"{BIG[1:]}",
        f"{BIG[1:]}/local",
        "mnt",
        "proc",
    ]


def test_a_line_is_one_mount_with_its_escapes_undone(mounts):
    assert mounts.table[5] == Mount(41, 40, BIG, "lustre")


@pytest.mark.parametrize("line", [b"", b"\n", b"rw", b"1 2 3 4 5 6", b"a b 0:1 / / rw - ext4 x rw"])
def test_a_line_unlike_any_mount_is_passed_over(tmp_path, line):
    (tmp_path / "mountinfo").write_bytes(line + b"\n" + TABLE)
    (tmp_path / "plain").write_bytes(TABLE)

    assert Mounts.read(tmp_path / "mountinfo") == Mounts.read(tmp_path / "plain")


def test_without_its_root_mount_the_table_does_not_tell_of_the_root(tmp_path):
    """As in a chroot: the folder's own mount is not in its table."""
    (tmp_path / "mountinfo").write_bytes(b"40 27 0:40 / /srv/jobs rw - nfs4 server:/jobs rw\n")
    mounts = Mounts.read(tmp_path / "mountinfo")

    assert mounts.fs_type_of("/srv") == ""
    assert mounts.fs_type_of("/srv/jobs/1") == "nfs4"
    assert mounts.below("/srv") == {"jobs": "nfs4"}
    assert needs_polling("") is None


@given(
    st.lists(
        st.tuples(
            st.integers(0, 6),
            st.integers(0, 6),
            st.sampled_from(["/", "/a", "/a/b", "/a/b/c", "/ab"]),
            st.sampled_from(["ext4", "nfs4"]),
        ),
        max_size=7,
        unique_by=lambda mount: mount[0],
    )
)
def test_any_table_can_be_looked_up(lines):
    """Loops among the parents too; no kernel makes them, so that only an end is asked for."""
    mounts = Mounts(tuple(Mount(*line) for line in lines))

    types = {path: mounts.fs_type_of(path) for path in ("/", "/a", "/a/b/c/d", "/ab")}

    assert set(types.values()) <= {"", *(line[3] for line in lines)}
    for point, fs_type in mounts.below("/").items():
        assert mounts.fs_type_of(f"/{point}") == fs_type


@pytest.mark.parametrize(
    ("fs_type", "why"),
    [
        ("ext4", None),
        ("xfs", None),
        ("btrfs", None),
        ("zfs", None),
        ("tmpfs", None),
        ("overlay", None),
        ("fuseblk", None),
        ("fuse.fuse-overlayfs", None),
        ("nfs", "another host may write here (nfs)"),
        ("nfs4", "another host may write here (nfs4)"),
        ("nfsd", None),
        ("cifs", "another host may write here (cifs)"),
        ("smb3", "another host may write here (smb3)"),
        ("lustre", "another host may write here (lustre)"),
        ("beegfs", "another host may write here (beegfs)"),
        ("gpfs", "another host may write here (gpfs)"),
        ("ceph", "another host may write here (ceph)"),
        ("9p", "the host of this virtual machine may write here (9p)"),
        ("virtiofs", "the host of this virtual machine may write here (virtiofs)"),
        ("fuse", "what lies behind it may change without an event (fuse)"),
        ("fuse.sshfs", "what lies behind it may change without an event (fuse.sshfs)"),
        ("fuse.glusterfs", "what lies behind it may change without an event (fuse.glusterfs)"),
        ("fusectl", None),
    ],
)
def test_events_are_trusted_where_only_this_kernel_writes(fs_type, why):
    assert needs_polling(fs_type) == why


def test_this_machines_table_is_understood():
    mounts = Mounts.read()

    assert len(mounts.table) > 1
    assert mounts.fs_type_of("/proc/self") == "proc"
    assert "proc" in mounts.below("/")
    assert mounts == Mounts.read()


# In a mount namespace of its own, so that this machine's mounts stay as they are.
MOUNTING = """
import subprocess, sys
from pathlib import Path
from watcher.mounts import MountBell, Mounts
top = Path(sys.argv[1]).resolve()
bell = MountBell()
def shows():
    sys.stdout.write(f"{bell.rang()} {bell.rang()} {Mounts.read().below(str(top))}\\n")
def run(*command):
    subprocess.run(command, check=True)
shows()
(top / "a b").mkdir()
run("mount", "-t", "tmpfs", "none", top / "a b")
shows()
(top / "a b" / "c").mkdir()
run("mount", "-t", "ramfs", "none", top / "a b" / "c")
run("mount", "-t", "tmpfs", "none", top / "a b")
shows()
run("umount", top / "a b")
shows()
run("umount", "-l", top / "a b")
shows()
"""


def test_real_mounts_ring_the_bell_once_and_are_seen(tmp_path):
    unshare = ["unshare", "--mount", "--map-root-user"]
    if subprocess.run([*unshare, "true"], capture_output=True).returncode != 0:
        pytest.skip("needs unshare(1) and the right to make user namespaces")

    shown = subprocess.run(
        [*unshare, sys.executable, "-c", MOUNTING, tmp_path],
        cwd=ROOM,
        capture_output=True,
        text=True,
        check=True,
    )

    assert shown.stdout.splitlines() == [
        "False False {}",
        "True False {'a b': 'tmpfs'}",
        "True False {'a b': 'tmpfs'}",
        "True False {'a b': 'tmpfs', 'a b/c': 'ramfs'}",
        "True False {}",
    ]


def test_a_bell_that_is_closed_holds_no_file():
    before = os.listdir("/proc/self/fd")
    MountBell().close()
    assert os.listdir("/proc/self/fd") == before
