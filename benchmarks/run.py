"""All benchmarks, or some: measures and writes benchmarks/RESULTS.md.

    python benchmarks/run.py [parse] [score] [report] [commands] [pull] [--small]

The first run makes its data under benchmarks/.data, which takes some minutes. `--small` tries
everything out on a small week, prints what it finds, and writes nothing.
"""

import argparse
from collections.abc import Callable

import bench_commands
import bench_parse
import bench_pull
import bench_report
import bench_score
from results import RESULTS, Part, save, text, write

BENCHMARKS: dict[str, Callable[..., Part]] = {
    "parse": bench_parse.measure,
    "score": bench_score.measure,
    "report": bench_report.measure,
    "commands": bench_commands.measure,
    "pull": bench_pull.measure,
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("part", nargs="*", metavar="|".join(BENCHMARKS))
    arguments.add_argument("--small", action="store_true", help="a quick try, written nowhere")
    given = arguments.parse_args()
    if unknown := set(given.part) - set(BENCHMARKS):
        arguments.error(f"no such part: {', '.join(sorted(unknown))}")
    for name in given.part or BENCHMARKS:
        part = BENCHMARKS[name](small=given.small)
        print(text(part))
        if not given.small:
            save(name, part)
            write(list(BENCHMARKS))
    if not given.small:
        print(RESULTS)


if __name__ == "__main__":
    main()
