"""Named tuples that a function makes for itself."""

from collections import namedtuple

from tests.corpus.registry import at


@at((0.7, 0.4), (-1.2, 0.3))
def oscillator(x, v):
    State = namedtuple("State", ["position", "speed", "mass"], defaults=(2.0,))
    s = State(x, v)
    for _ in range(5):
        s = s._replace(
            position=s.position + 0.1*s.speed, speed=s.speed - 0.1*s.position/s.mass
        )
    position, speed, mass = s
    return position*speed*mass + s[0] + sum(s._asdict().values())


@at((0.7, 0.4))
def by_name(x, y):
    Point = namedtuple("Point", "east, north")
    corners = [Point(x*k, y + k) for k in range(4)]
    area = 0.0
    for p, q in zip(corners, corners[1:] + corners[:1], strict=True):
        area += p.east*q.north - q.east*p.north*p.north
    return area/2.0 if Point._fields == ("east", "north") else 0.0
