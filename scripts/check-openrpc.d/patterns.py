"""Patterns of JSON Schema are of ECMAScript in its Unicode mode; Python's lack one thing that they use: \\p{L} and the like."""

import functools
import re
import sys
import unicodedata


@functools.cache
def compiled(pattern):
    """A pattern of a schema as Python's; re.error if it is none."""
    return re.compile(re.sub(r"(\[(?:\\.|[^\]\\])*\])|\\p\{(\w+)\}", in_class_or_alone, pattern))


def in_class_or_alone(match):
    if match.group(1):
        return re.sub(r"\\p\{(\w+)\}", lambda inner: ranges(inner.group(1)), match.group(1))
    return f"[{ranges(match.group(2))}]"


@functools.cache
def ranges(category):
    """All characters of a Unicode category, as what stands inside a class: \\Uxxxxxxxx-\\Uxxxxxxxx…"""
    members = [code for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)).startswith(category)]
    if not members:
        raise re.error(f"no character is of the category {category}")
    starts = [code for before, code in zip([None, *members], members) if code - 1 != before]
    ends = [code for code, after in zip(members, [*members[1:], None]) if code + 1 != after]
    return "".join(rf"\U{start:08x}-\U{end:08x}" for start, end in zip(starts, ends))
