#!/usr/bin/env python3
"""The installed library serves a project that knows only find_package(kith).

The project's main.cc is the embedding example of README.md, letter for
letter, and must print what the README says it prints.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile


def readme_block(readme, language):
    """The first fenced block of that language after the heading Embed."""
    section = readme.split("\n## Embed", 1)[1].split("\n## ", 1)[0]
    return re.search(rf"```{language}\n(.*?)```", section, re.S).group(1)


def run(*command, **options):
    print("+", " ".join(map(str, command)), flush=True)
    return subprocess.run(command, check=True, **options)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--cmake", default="cmake")
    options = parser.parse_args()
    readme = (options.source / "README.md").read_text()
    with tempfile.TemporaryDirectory() as folder:
        temp = pathlib.Path(folder)
        run(options.cmake, "--install", options.build, "--component",
            "library", "--prefix", temp / "prefix",
            stdout=subprocess.DEVNULL)
        project = temp / "project"
        project.mkdir()
        (project / "main.cc").write_text(readme_block(readme, "cpp"))
        shutil.copy(pathlib.Path(__file__).with_name("consumer.cmake"),
                    project / "CMakeLists.txt")
        run(options.cmake, "-S", project, "-B", project / "build", "-G",
            "Ninja", f"-DCMAKE_PREFIX_PATH={temp / 'prefix'}",
            "--log-level=WARNING")
        run(options.cmake, "--build", project / "build")
        done = run(project / "build" / "consumer", cwd=project,
                   capture_output=True, text=True)
    expected = readme_block(readme, "text")
    if done.stdout != expected:
        print(f"printed {done.stdout!r}, README.md says {expected!r}")
        return 1
    print(f"the consumer printed {done.stdout!r}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
