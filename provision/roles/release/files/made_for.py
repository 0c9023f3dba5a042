"""Says which hosts this Python makes wheels for, in one line; on a host, which wheels it takes."""

import platform
import sys
import sysconfig

python = f"{sys.version_info.major}.{sys.version_info.minor}"
machine = sysconfig.get_platform().removeprefix("linux-")
system = platform.freedesktop_os_release()
sys.stdout.write(
    f"Python {python} on {machine}, {system['ID'].capitalize()} {system.get('VERSION_ID', '')}\n"
)
