"""Says what is wrong with the OpenRPC document named as the argument, on stderr, and ends with 1 if anything is."""

import json
import pathlib
import sys

import document


def members_once(pairs):
    names = [name for name, _ in pairs]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"members that are there twice: {', '.join(sorted(twice))}")
    return dict(pairs)


def main(path):
    try:
        described = json.loads(pathlib.Path(path).read_text(encoding="utf-8"), object_pairs_hook=members_once)
    except (OSError, ValueError) as error:
        sys.exit(f"{path}: {error}")
    found = document.problems(described)
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        sys.exit(f"{path}: {len(found)} problems")
    examples = sum(len(method.get("examples", [])) for method in described["methods"])
    print(f"{path}: {len(described['methods'])} methods and {examples} examples are right", file=sys.stderr)


main(sys.argv[1])
