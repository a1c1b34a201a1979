"""What the operating system refuses, in the words of our own languages: it says so in its own."""

import errno

from temoin.messages import _


def os_words(error: OSError) -> str:
    """Why the operating system refused, to end a sentence with; its own words where the cause is a rare one."""
    forbidden, in_use = _("you do not have the right to"), _("another program is using it")
    too_many = _("too many files are open at once")
    words = {
        errno.ENOSPC: _("the disk is full"),
        errno.EDQUOT: _("the room that this disk leaves you is used up"),
        errno.EFBIG: _("it is larger than this disk takes"),
        errno.EACCES: forbidden,
        errno.EPERM: forbidden,
        errno.EROFS: _("this disk can only be read"),
        errno.ENOENT: _("there is no such file or folder"),
        errno.EEXIST: _("there is one of that name already"),
        errno.EISDIR: _("it is a folder"),
        errno.ENOTDIR: _("a part of its path is no folder"),
        errno.ENOTEMPTY: _("the folder is not empty"),
        errno.ENAMETOOLONG: _("its name is too long"),
        errno.EIO: _("the disk does not answer as it should"),
        errno.EMFILE: too_many,
        errno.ENFILE: too_many,
        errno.EBUSY: in_use,
        errno.ETXTBSY: in_use,
        errno.ENOMEM: _("there is no memory left"),
        errno.EAGAIN: _("the machine has no room for another program"),
    }
    return words.get(error.errno or 0) or error.strerror or str(error)
