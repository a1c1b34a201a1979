"""Bytes that are nearly right: a bit turned, a byte set, a part cut, doubled, moved or left out."""

import random

FEW = 3  # changes at once


def mutated(data: bytes, rng: random.Random) -> bytes:
    """``data`` with one change or a few."""
    changed = bytearray(data)
    for _one in range(rng.randint(1, FEW)):
        if not changed:
            break
        place = rng.randrange(len(changed))
        size = rng.randint(1, 40)
        match rng.randrange(6):
            case 0:
                changed[place] ^= 1 << rng.randrange(8)
            case 1:
                changed[place] = rng.randrange(256)
            case 2:
                del changed[place:]
            case 3:
                del changed[place : place + size]
            case 4:
                changed[place:place] = changed[place : place + size]
            case _:
                changed[place : place + 2] = changed[place : place + 2][::-1]
    return bytes(changed)
