"""What the operating system refuses is said in the language of whoever reads it, never in the system's English."""

import errno
import os

import pytest

from temoin.messages import speaking
from temoin.os_words import os_words

COMMON = (
    "ENOSPC EDQUOT EFBIG EACCES EPERM EROFS ENOENT EEXIST EISDIR ENOTDIR ENOTEMPTY ENAMETOOLONG EIO EMFILE ENFILE "
    "EBUSY ETXTBSY ENOMEM EAGAIN"
)


@pytest.mark.parametrize("name", COMMON.split())
def test_a_common_refusal_is_said_in_either_language(name: str) -> None:
    number: int = getattr(errno, name)
    error = OSError(number, os.strerror(number), "fichier")
    with speaking("fr"):
        french = os_words(error)
    with speaking("en"):
        english = os_words(error)
    assert len({french, english, os.strerror(number)}) == 3
    assert not french.endswith(".")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ELOOP, "Too many levels of symbolic links"), "Too many levels of symbolic links"),
        (OSError("the library's own"), "the library's own"),
    ],
)
def test_a_rare_refusal_keeps_the_words_it_came_with(error: OSError, said: str) -> None:
    assert os_words(error) == said
