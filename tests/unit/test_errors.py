import string

import pytest

from qosreport import errors


def leaves(base=errors.QosreportError):
    for cls in base.__subclasses__():
        below = list(leaves(cls))
        yield from below or [cls]


ALL = list(leaves())


def test_there_are_errors_to_test():
    assert len(ALL) > 30


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.slug)
def test_every_error_makes_one_line_from_the_facts_its_templates_name(cls):
    templates = f"{cls.what} {cls.do} {cls.lost}"
    names = {name for _, name, _, _ in string.Formatter().parse(templates) if name}
    error = cls(**{name: f"<{name}>" for name in names})
    line = str(error)
    assert "\n" not in line
    assert "{" not in line
    assert all(f"<{name}>" in line for name in names)
    assert isinstance(cls.exit_code, errors.ExitCode)


def test_slugs_are_unique():
    slugs = [cls.slug for cls in ALL]
    assert len(slugs) == len(set(slugs))
