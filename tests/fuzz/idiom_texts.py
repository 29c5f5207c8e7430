"""The templates of :mod:`tests.fuzz.idioms`: ``PARTS`` of modules by the name they bind, taken in
where the program uses it, and ``IDIOMS``, runs of statements."""

from __future__ import annotations

PARTS = {
    "deque": "from collections import deque",
    "defaultdict": "from collections import defaultdict",
    "Counter": "from collections import Counter",
    "OrderedDict": "from collections import OrderedDict",
    "namedtuple": "from collections import namedtuple",
    "itertools": "import itertools",
    "functools": "import functools",
    "operator": "import operator",
    "contextmanager": "from contextlib import contextmanager",
    "dataclass": "from dataclasses import dataclass, field, replace",
    "Enum": "from enum import Enum",
    "Spot": 'Spot = namedtuple("Spot", "c w", defaults=(0.5,))',
    "Vec": """
class Vec:
    def __init__(self, *parts):
        self.parts = <<list(parts)|[p for p in parts]|[*parts]>>

    def __add__(self, other):
        return Vec(*(<<a + b|0.5*a + b>> for a, b in zip(self.parts, other.parts)))

    def __sub__(self, other):
        return Vec(*[a - b for a, b in zip(self.parts, other)])

    def __mul__(self, k):
        if isinstance(k, Vec):
            return sum(a * b for a, b in zip(self, k))
        return Vec(*(k * a for a in self.parts))

    __rmul__ = __mul__

    def __neg__(self):
        return self * -1.0

    def __getitem__(self, k):
        return self.parts[k]

    def __setitem__(self, k, value):
        self.parts[k] = value

    def __len__(self):
        return len(self.parts)

    def __iter__(self):
        return iter(self.parts)

    def __lt__(self, other):
        return self * self < other * other

    def __eq__(self, other):
        return self.parts == other.parts

    def __call__(self, t):
        total = 0.0
        for c in reversed(self.parts):
            total = total * t + c
        return math.sin(total)

    def __iadd__(self, other):
        for k, v in enumerate(other):
            self.parts[k] += v
        return self

    def __abs__(self):
        return math.sqrt(0.1 + self * self)
""",
    "Base": """
class Base:
    scale = <<0.5|1.25>>
    made = 0

    def __init__(self, u):
        self.c = u

    def term(self, t):
        return math.sin(self.c * t)

    def total(self, t):
        return self.scale * self.term(t) + self.offset

    @property
    def offset(self):
        return math.cos(self.c)

    @offset.setter
    def offset(self, value):
        self.c = math.tanh(value)

    @classmethod
    def twice(cls, u):
        return cls(math.sin(2.0 * u))

    @staticmethod
    def squash(t):
        return math.atan(t)
""",
    "Child": """
class Child(Base):
    scale = 0.75

    def __init__(self, u, w=0.25):
        super().__init__(u)
        self.w = w

    def term(self, t):
        if t > self.w:
            return super().term(t) * <<self.w|self.c>>
        return self.squash(t - self.w)
""",
    "Point": """
@dataclass<<|(frozen=True)|(slots=True)|(order=True)>>
class Point:
    c: float
    w: float = 0.5

    def moved(self, d):
        return <<replace(self, c=math.sin(self.c + d))|Point(self.c * d, self.w)|\
Point(w=d, c=self.w)>>

    @property
    def size(self):
        return self.c * self.c + self.w * self.w
""",
    "Bag": """
@dataclass
class Bag:
    items: list = field(default_factory=list)
    total: float = 0.0

    def put(self, v):
        self.items.append(v)
        self.total += v
        return self

    def __post_init__(self):
        for v in self.items:
            self.total += v
""",
    "Mode": """
class Mode(Enum):
    LOW = 1
    HIGH = 2
""",
    "Refused": """
class Refused(ValueError):
    pass
""",
    "checked_root": """
def checked_root(a):
    if a < <<0.0|0.2|-0.3>>:
        raise <<ValueError("negative")|Refused("negative")|ZeroDivisionError>>
    return math.sqrt(a + 0.5)
""",
    "maybe": """
def maybe(a, n):
    if n > 1:
        return None
    return <<a - n|math.sin(a * n)|a>>
""",
    "scan": """
def scan(xs):
    total = 0.0
    for v in xs:
        total = math.sin(total + v)
        <<if total > 0.9:|if v < -0.9:|if total < -5.0:>>
            return
        yield total
""",
    "steps": """
def steps(a, n):
    while n > 0:
        yield a, n
        a = <<math.cos(a)|a * 0.5|-a>>
        n -= 1
""",
    "spread": """
def spread(first, *rest, scale=1.0, **named):
    total = first * scale
    for k, v in enumerate(rest):
        total += math.sin(v) * (k + 1)
    for key, v in named.items():
        total -= v * <<len(key)|(2.0 if key == "a" else 0.5)|1.5>>
    return total
""",
    "scaled": """
def scaled(factor):
    def decorate(g):
        @functools.wraps(g)
        def call(*args):
            return factor * g(*args)

        return call

    return decorate
""",
    "curved": """
@scaled(<<0.5|2.0>>)
def curved(a, b=0.3):
    return math.sin(a) * b
""",
    "depth": """
def depth(tree):
    if isinstance(tree, tuple):
        left, right = tree
        return math.sin(depth(left) + 0.5 * depth(right))
    return tree
""",
    "halve": """
def halve(xs):
    if len(xs) < 2:
        return xs[0]
    mid = len(xs) // 2
    return halve(xs[:mid]) * 0.5 + math.sin(halve(xs[mid:]))
""",
    "held": """
@contextmanager
def held(a):
    yield math.sin(a)
""",
    "fill": """
def fill(xs, v):
    xs.append(v)
    xs[0] = <<v * 0.5|xs[-1] - xs[0]>>
""",
}

IDIOMS = (
    # -- containers
    """
%d = deque([@E, @E, @e]<<|, maxlen=3|, maxlen=4>>)
for %k in range(<<2|3|1>>):
    %d.<<append|appendleft>>(math.sin(@e<<| + 0.1*%d[0]| - %d[-1]*0.3>>))
    <<%d.rotate(1)|%d.rotate(-1)|%d.reverse()|pass|%d[0] = %d[-1]>>
%t = math.tanh(sum(%d)) - %d.<<popleft|pop>>()
=> %t; %d[0]; %d[-1]
""",
    """
%q = deque([(@e, 0)])
%t = 0.0
while %q:
    %v, %n = %q.popleft()
    %t = math.sin(%t + %v)
    if %n < 2<<| and %v > 0.1>>:
        %q.append((%v * 0.5, %n + 1))
        <<pass|%q.appendleft((math.sin(@e), %n + 2))>>
=> %t
""",
    """
%d = defaultdict(<<float|lambda: 0.5|int>>)
for %k, %v in enumerate([@E, @E, @e]):
    %d[<<0|"a"|1>>] <<+=|-=|=>> math.sin(%v<<| + @e| * %k>>)
%t = math.sin(sum(%d.values()))
=> %t
""",
    """
%d = defaultdict(list)
for %k in (0, 1, 0, 1<<|, 2>>):
    %d[%k].append(math.sin(@e * (%k + 1)))
%t = sum(%v[-1] * len(%v) for %v in %d.values())
%d[0][0] = %t * 0.1
=> %t; %d[0][0]; %d[1][-1]
""",
    """
%c = Counter(<<"abca"|[1, 2, 1, 1]>>)
%t = 0.0
for %k, %n in %c.items():
    %t += math.sin(@e) * %n
=> %t
""",
    """
%d = OrderedDict(a=@E, b=@e)
%d.move_to_end("a")
%t = 0.0
for %k, %v in %d.items():
    %t = math.sin(%v - 0.5*%t)
=> %t; %d["a"]
""",
    """
%d = {"a": @E, "b": @e, "c": <<1|@e>>}
%t = 0.0
for %k in <<sorted(%d)|list(%d)|%d.keys()|reversed(list(%d))>>:
    if %k == "<<b|c|z>>":
        <<continue|break|pass>>
    %t = math.sin(%t + %d[%k])
    <<%d[%k] = %t|%d[%k] *= 0.5|pass>>
else:
    %t += 0.5 * %d["a"]
=> %t; %d["b"]
""",
    """
%d = {<<%k: math.sin(@e * %k)|str(%k): @e + %k|(%k, 1): %k * @e>> for %k in range(<<3|2>>)<<|\
 if %k != 1>>}
%t = math.sin(sum(%d.values()))
<<%d.clear()|%d.update({7: %t})|%d.popitem()>>
%u = len(%d) * %t
=> %t; %u
""",
    """
%d = {"a": @E, "b": @e}
%e = {**%d, "<<b|c>>": @e}
%t = %d.pop("a"<<|, 0.5>>) + %e.get("z", <<@e|0.5>>) - %e.setdefault("<<c|b>>", @e)
if "a" in <<%d|%e>>:
    %t = math.sin(%t)
del %e["a"]
%t += len(%e) * sum(%e.values())
=> %t
""",
    """
%v = [@E, @e, @E, @e]
%v[<<1:3|:2|::2|-2:|2:|1:>>] = [@e, @E]
<<del %v[0]|del %v[-1]|del %v[1:2]|del %v[::2]|pass>>
%v.<<insert(0, @e)|insert(1, @e)|append(@e)|extend([@e, @e])|reverse()>>
%t = %v[0] - %v[-1] + 0.5*%v.<<pop()|pop(0)|pop(1)|copy()[0]>>
=> %t
""",
    """
%v = [@E, @e, @E]
%v.sort(<<|reverse=True|key=lambda e: -e|key=abs>>)
%w = sorted(%v, key=lambda e: <<math.sin(e)|-e|e*e>>)
%t = %v[0] - 2.0*%w[<<0|-1|1>>]
=> %t
""",
    """
%v = [(@e, "a"), (@E, "b"), (@e, "c")]
%p = <<max|min>>(%v, key=lambda r: r[0])
%t = %p[0] * (2.0 if %p[1] == "b" else 1.0)
%u = sorted(%v)[<<0|1>>][0]
=> %t; %u
""",
    """
%g = [[@e, @E], [@E, @e]]
for %r in %g:
    for %k, %e in enumerate(%r):
        <<%r[%k] = math.sin(%e + %g[0][1])|%r[%k] *= %e|%g[1][%k] -= 0.5*%e>>
%t = sum(sum(%r) for %r in <<%g|zip(*%g)|%g[::-1]>>)
=> %t; %g[0][1]
""",
    """
%f, *%r = <<[@e, @E, @e]|(@E, @e)|@N, @e, @e>>
%t = %f - sum(%r)
*%r, %f = %r + [%t]
%t *= len(%r) + 0.0
=> %t
""",
    # -- objects
    """
%p = Vec(@e, @E)
%q = %p <<+ Vec(@E, 1.0)|- Vec(@e, @e)|* 0.5>>
<<%q += %p|%q[0] = %p[1]|%p[1] *= 0.5|%p = -%q>>
%t = math.tanh(<<%p * %q|abs(%q)|%q(0.5)|sum(%q)|(2.0 * %p)[1]>>)
=> %t; %q[0]
""",
    """
%a, %b = Vec(@e, 0.5), Vec(@E, @e)
%m = %a if %a < %b else <<%b|%a + %b>>
%t = 0.0
for %k in range(len(%m)):
    %t = math.sin(%t + %m[%k])
    <<%m[%k] = %t|%a[0] = %t|pass>>
=> %t; %a[0]
""",
    """
%o = <<Base(@e)|Child(@e)|Child(@E, w=@e)|Child.twice(@e)>>
<<%o.offset = @e|%o.c += 0.5|pass>>
%t = %o.total(@E)
=> %t; %o.c
""",
    """
%t = 0.0
for %o in [Base(@e), Child(@e)<<|, Child(@E)>>]:
    %t = math.sin(%t + %o.total(@e))
    <<%o.c = %t|pass|if %t > 0.5: break>>
=> %t
""",
    """
%o = Point(@e<<|, @E|, w=@e>>)
%n = %o.moved(@E)
%t = %n.size / (1.0 + %o.size * %n.size)
=> %t
""",
    """
%o = Bag(<<[@e]||[@e, @E]>>)
for %k in range(<<2|3>>):
    %o.put(math.sin(@e + %k))<<|.put(0.5)>>
%t = math.sin(%o.total) * len(%o.items)
=> %t
""",
    """
%s = Spot(@e<<|, w=@E>>)
%s = %s._replace(<<c=@E|w=@e>>)
%u, %w = %s
%t = math.sin(%s[<<0|1|-1>>] + %u) - sum(%s)
=> %t
""",
    """
%m = <<Mode.HIGH|Mode.LOW|Mode(2)>>
%t = @e
if %m <<is|==|!=>> Mode.HIGH:
    %t = math.sin(%t * 2.0)
=> %t
""",
    # -- control flow
    """
%t = @e
for %k in range(<<3|4>>):
    try:
        %t = checked_root(math.sin(@e + %k)) - %t * 0.5
        <<pass|if %t > 0.4: break|if %t < 0.2: continue>>
    except <<ValueError|(ValueError, ArithmeticError)|Exception>>:
        <<%t = math.sin(@e)|continue|break|%t -= 0.1>>
    <<else|finally>>:
        %t = math.tanh(%t + 0.3)
<<%t *= 0.5|%t += @e>>
=> %t
""",
    """
%t = @e
try:
    try:
        %u = checked_root(@E)
    finally:
        %t = math.sin(%t)
    %t += %u
except ValueError as %x:
    %t -= 1.0
except ArithmeticError:
    %t = @E
=> %t
""",
    """
%t = @E
try:
    for %k in range(3):
        %t = math.sin(%t + @e)
        assert %t < <<0.5|0.9|2.0>>, "large"
        if @C:
            raise Refused(%k)
except Refused:
    %t = 0.5 * %t
except AssertionError:
    %t = @e
else:
    @S
=> %t
""",
    """
%n = <<2|0|len("abc")>>
match %n:
    case 0:
        %t = @E
    case 1 | 2:
        %t = @e * 2.0
    case _ if @C:
        %t = 0.5
    case _:
        %t = @e
=> %t
""",
    """
%v = <<(@e, @E)|[@e, @E, 0.5]|(@e, (@e, 1.0))|Point(@e, w=@E)|{"a": @e, "b": 2.0}>>
match %v:
    case Point(c=%a, w=%b):
        %t = %a * %b
    case {"a": %a, **%b}:
        %t = %a + len(%b)
    case (%a, (%b, %c)):
        %t = %a - %b * %c
    case [%a, %b] if %a > <<0.0|%b>>:
        %t = math.sin(%a + %b)
    case [%a, *%b]:
        %t = %a + sum(%b)
    case _:
        %t = 0.1
=> %t
""",
    """
%t = @e
%n = 0
while (%u := math.sin(%t + %n)) <<< 0.6|> -0.5>> and %n < 4:
    %n += 1
    %t = %u + <<0.3|0.1 * @e>>
    <<@S|pass>>
else:
    %t -= 0.25
=> %t; %u
""",
    """
%t = 0.0
for %i in range(3):
    for %j in range(<<3|%i|%i + 1>>):
        if @C:
            <<break|continue|%t -= 0.5>>
        @S
        %t = math.sin(%t + %i * @e)
    else:
        <<%t += 0.25|continue|break|pass>>
    if @C:
        <<break|continue|%t *= 0.5>>
else:
    %t = math.cos(%t)
=> %t
""",
    """
%t = @E
with held(%t) as %u:
    %t = %u * @e
    @S
=> %t; %u
""",
    # -- functions
    """
%n = 0.0
def %f(a, k=@e):
    nonlocal %n
    %n = math.sin(%n + a)
    return %n * k
%t = <<%f(@E) + %f(@e)|%f(@e, k=@e)|sum(%f(e) for e in (@e, 0.5))>>
=> %t; %n
""",
    """
%h = []
for %k in range(3):
    %h.append(<<lambda a, k=%k: math.sin(a * k)|lambda a: a * %k|\
functools.partial(math.atan2, @e + %k)>>)
%t = 0.0
for %g in %h:
    %t += %g(@e)
=> %t
""",
    """
def %m(c):
    def %i(a):
        return math.sin(a * c + @N)
    return %i
%g, %h = %m(@e), %m(0.5)
%t = %g(@E) - %h(<<%g(0.3)|@e>>)
=> %t
""",
    """
def %c():
    n = 0.0
    def add(a):
        nonlocal n
        n = math.sin(n + a)
        return n
    return add
%a, %b = %c(), %c()
for %k in range(<<2|3>>):
    %t = %a(@e) + 0.5 * %b(%k + 0.5)
%t += %a(0.1)
=> %t
""",
    """
%t = functools.reduce(lambda p, q: math.sin(p<< + q| * q|- q*q>>), [@e, @E, @e]<<|, @e|, 0.0>>)
=> %t
""",
    """
%t = sum(<<map|filter>>(lambda e: <<math.sin(e)|e * e|e - 0.3>>, [@e, @E, @e])) if @C else 0.5
=> %t
""",
    """
%r = maybe(@E, <<1|2>>)
if %r is <<None|not None>>:
    %t = <<0.5|@e>>
else:
    %t = <<@E|0.25>>
%r = maybe(@e, <<0|2>>) or @e
%u = 1.0 if %r is None else %r * 2.0
=> %t; %u
""",
    """
%t = sum(scan([@e, @E, @e]))
%u = 0.0
for %k, %v in enumerate(scan((@e, 0.5, @e))):
    %u = math.sin(%u + %v * (%k + 1))
    <<pass|if %u > 0.5: break|%t -= %u>>
=> %t; %u
""",
    """
%t = 0.0
for %a, %n in steps(@e, <<3|2>>):
    if <<%n == 1|%a > 0.3|@C>>:
        <<break|continue|%t += 0.5>>
    %t = math.sin(%t + %a * %n)
=> %t
""",
    """
%i = iter([@e, @E, @e])
%t = next(%i)
for %v in %i:
    %t = math.sin(%t - %v)
%t += next(%i, <<0.5|@e>>)
=> %t
""",
    """
%v = [@e, @E]
%t = spread(<<*%v|@e, *%v|*%v, 0.5>><<|, scale=@e>><<|, a=@e|, **{"a": @e, "bb": 0.5}>>)
=> %t
""",
    """
%t = curved(<<@E|@E, @e|*[@e, 0.5]>>)
=> %t
""",
    """
%t = depth(<<(@e, @E)|((@e, 0.5), @e)|((@e, @e), (@E, (@e, 1.0)))>>)
=> %t
""",
    """
%t = halve([@e, @E, @e<<|, 0.5|, @e, @e>>])
=> %t
""",
    """
%v = [@e, @E]
<<fill(%v, @e)|[fill(%v, e) for e in (@e, 0.5)]>>
%t = sum(%v) * %v[0]
=> %t; %v[-1]
""",
    """
%t = <<sum|max|min>>(<<math.sin(a * b)|a - b|\
abs(a) + b>> for a, b in <<itertools.product([@e, @E], (0.5, @e))|\
itertools.combinations([@e, @E, 0.5], 2)|itertools.pairwise([@e, @e, @E])|\
zip([@e, @E], [0.5, @e])>>)
=> %t
""",
    """
%v = list(itertools.<<accumulate([@e, @E, @e])|accumulate([@e, @e], lambda a, b: a * b)|\
chain([@e], (@E, 0.5))|islice([@e, @E, @e], 2)|repeat(@e, 3)>>)
%t = math.sin(%v[-1] - %v[0])
=> %t; %v[0]
""",
    """
%v = [math.sin(e << * k| + k>>) for k in range(3) for e in (@e, @E)<<| if k != 1| if e > 0.0>>]
%t = sum(%v) / (1 + len(%v))
=> %t
""",
    """
%t = (%v := [@e, @E, @e])[1] * %v[0]
if any(e > <<0.5|@N>> for e in %v)<<| and all(%v)>>:
    %t = math.sin(%t)
%t += (@e <<or|and>> @e) if <<@C|not %v>> else 0.5
=> %t
""",
    """
%n = <<int(@E)|round(@E)|math.floor(@e)|int(@e) // 2>>
%t = @e * %n + (@E) % <<1.5|2.0>>
%u, %w = divmod(@e, <<0.7|2>>)
%t -= %w * %u
=> %t
""",
    """
%t = math.<<hypot(@e, @E, 0.5)|atan2(@e, 1.0 + abs(@e))|log1p(abs(@E) + 0.1)|\
expm1(math.sin(@E))|copysign(@e, @E)|fmod(@E, 1.3)|pow(abs(@e) + 0.1, @E)|fsum([@e, @E])|\
dist([@e, 0.5], (@E, @e))|prod([@e, @E, @e])|erf(@e)|cosh(math.sin(@e))|cbrt(@e + 4.5)>>
=> %t
""",
    """
%t = 0.0
%s = set()
for %k in (1, 2, 1, 3):
    if %k in %s:
        continue
    %s.add(%k)
    %t = math.sin(%t + @e * %k)
=> %t
""",
    """
%x = @e
%y = %x
%y += 1.0
%z = [%x] * 3
%z[1] += %y
%a = %b = %z
%a[0], %b[2] = %b[2], %a[0] - 1.0
del %b
%t = math.sin(%z[0] * %a[2])
=> %t; %z[0]
""",
)
