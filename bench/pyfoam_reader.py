"""PyFoam's StandardLogAnalyzer over an OpenFOAM log, every point kept: `python -m bench.pyfoam_reader LOG`.

A JSON line: seconds, and the series and points that it holds then.
"""

import json
import sys
import time

from PyFoam.LogAnalysis.StandardLogAnalyzer import StandardLogAnalyzer


def main(name: str) -> None:
    analyzer = StandardLogAnalyzer(progress=False, doTimelines=True, doFiles=False)
    with open(name) as log:  # noqa: PTH123 (as its users do)
        begun = time.monotonic()
        analyzer.analyze(log)
        seconds = time.monotonic() - begun
    kept = {
        f"{name}.{key}": len(column)
        for name, one in analyzer.analyzers.items()
        for key, column in getattr(getattr(one, "lines", None), "values", {}).items()
    }
    found = {"seconds": seconds, "series": len(kept), "points": sum(kept.values())}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
