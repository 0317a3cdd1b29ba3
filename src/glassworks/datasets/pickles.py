"""Reading of old data sets, which are Python pickles: by a reader of literals, which can make numbers, texts, lists, dicts and arrays.

A pickle is a program for a machine with a stack. This machine has the instructions that put values together, and none that imports, calls
or sets anything: the names of classes that a file gives are compared with those of NumPy's arrays, and stay names.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Callable
from typing import IO, Any, NoReturn

import numpy as np

from glassworks.errors import DataError

# What NumPy 1 and 2 call the function that makes an empty array, and Python 3 the one that makes bytes in old protocols.
_RECONSTRUCT = {("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct")}
_ALLOWED = _RECONSTRUCT | {("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode"), ("__builtin__", "bytes")}
_DTYPES = re.compile(r"[<>|=]?([biufO])([1248]?|16)")
_DAMAGED = (AttributeError, LookupError, ValueError, TypeError, MemoryError, OverflowError, struct.error)
_STOP, _MARK = ord("."), object()


def load(file: IO[bytes], encoding: str = "ASCII") -> Any:
    """The content of a pickle that holds arrays, lists, dicts, texts and numbers.

    Args:
        file: The file.
        encoding: That of the texts of Python 2; "bytes" leaves them as bytes.

    Raises:
        DataError: It holds anything else, or is damaged.

    >>> import io, pickle
    >>> load(io.BytesIO(pickle.dumps({"labels": [1, 2]})))
    {'labels': [1, 2]}
    """
    try:
        return _Machine(file.read(), encoding).run()
    except DataError:
        raise
    except _DAMAGED as error:
        fix = "delete it from the cache and download it again"
        raise DataError(f"a damaged data file: {error or type(error).__name__}", "a pickle of arrays", fix, where="datasets") from error


def _refuse(what: str) -> NoReturn:
    raise DataError(f"{what} in a data file", "arrays only", "do not use this file: it would run code", where="datasets")


class _Name(tuple):
    """The name of a class or function in a file: a module and a name, which nothing looks up."""


class _DType:
    """A dtype under construction."""

    def __init__(self, code: str) -> None:
        match = _DTYPES.fullmatch(code)
        if match is None:
            raise ValueError(f"dtype {code!r}")
        self.dtype = np.dtype(object) if match[1] == "O" else np.dtype(code)

    def build(self, state: tuple) -> _DType:
        order = state[1].decode("ascii") if isinstance(state[1], bytes) else state[1]
        if len(state) < 8 or order not in ("<", ">", "|", "=") or any(state[i] is not None for i in (2, 3, 4)):
            raise ValueError("a dtype with fields")
        if order in "<>" and self.dtype.kind != "O":
            self.dtype = self.dtype.newbyteorder("<" if order == "<" else ">")
        return self


class _Array:
    """An array under construction, and the keys under which it was put aside."""

    def __init__(self) -> None:
        self.keys: list[int] = []

    def build(self, state: tuple) -> np.ndarray:
        _version, shape, kind, fortran, content = state
        if not isinstance(kind, _DType) or not all(type(size) is int and size >= 0 for size in shape):
            raise ValueError("the state of an array")
        dtype, count = kind.dtype, math.prod(shape)
        if dtype.kind == "O":
            if not isinstance(content, list) or len(content) != count:
                raise ValueError(f"{count} objects announced")
            flat = np.empty(count, object)
            for place, item in enumerate(content):
                flat[place] = item
        else:
            content = content.encode("latin-1") if isinstance(content, str) else content
            if not isinstance(content, bytes) or len(content) != count * dtype.itemsize:
                raise ValueError(f"{count * dtype.itemsize} bytes announced")
            flat = np.frombuffer(content, dtype).astype(dtype.newbyteorder("="))
        return flat.reshape(shape, order="F" if fortran else "C")


class _Machine:
    """The state of a run: the bytes, the place in them, the stack, and what was put aside."""

    def __init__(self, data: bytes, encoding: str) -> None:
        self.data, self.place, self.encoding = data, 0, encoding
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> object:
        data = self.data
        while True:
            code = data[self.place]
            self.place += 1
            if code in (0x4B, 0x4D, 0x4A):  # most of a data set of texts are integers in lists
                self.place -= 1
                self._integers()
            elif code == _STOP:
                (value,) = self.stack
                return self._literals([value])[0]
            else:
                instruction = _INSTRUCTIONS.get(code)
                if instruction is None:
                    _refuse(f"the instruction {bytes([code])!r}")
                instruction(self)

    def _integers(self) -> None:
        """Integers of one, two and four bytes, as many as follow each other."""
        data, place, push = self.data, self.place, self.stack.append
        while True:
            code = data[place]
            if code == 0x4B:
                push(data[place + 1])
                place += 2
            elif code == 0x4D:
                push(data[place + 1] | data[place + 2] << 8)
                place += 3
            elif code == 0x4A:
                push(struct.unpack_from("<i", data, place + 1)[0])
                place += 5
            else:
                break
        self.place = place

    # ---- the bytes

    def take(self, count: int) -> bytes:
        """The next bytes."""
        if count < 0 or self.place + count > len(self.data):
            raise ValueError("it ends too early")
        self.place += count
        return self.data[self.place - count : self.place]

    def number(self, width: int, signed: bool = False) -> int:
        """The next integer."""
        return int.from_bytes(self.take(width), "little", signed=signed)

    def raw_line(self) -> bytes:
        """The bytes up to the end of the line."""
        end = self.data.index(b"\n", self.place)
        return self.take(end - self.place + 1)[:-1]

    def line(self) -> str:
        """The text up to the end of the line."""
        return self.raw_line().decode("ascii")

    def old_text(self, content: bytes) -> str | bytes:
        """A text of Python 2, which was bytes."""
        return content if self.encoding == "bytes" else content.decode(self.encoding)

    # ---- the stack

    def push(self, value: object) -> None:
        """Put a value on the stack."""
        self.stack.append(value)

    def pop(self) -> Any:
        """Take the value on top of the stack, which is complete."""
        return self._complete(self.stack.pop())

    def since_mark(self) -> list[Any]:
        """Take all values above the last mark."""
        place = len(self.stack) - 1
        while self.stack[place] is not _MARK:
            place -= 1
            if place < 0:
                raise ValueError("no mark")
        items = self.stack[place + 1 :]
        del self.stack[place:]
        if not {_Array}.isdisjoint(map(type, items)):
            raise ValueError("an array without content")
        return items

    def top(self, kind: type) -> Any:
        """The value on top, which stays, of a type that is expected."""
        if type(self.stack[-1]) is not kind:
            raise ValueError(f"a {type(self.stack[-1]).__name__} where a {kind.__name__} should be")
        return self.stack[-1]

    @staticmethod
    def _complete(value: object) -> object:
        if value is _MARK or type(value) is _Array:
            raise ValueError("an array without content")
        return value

    @staticmethod
    def _literals(items: list[Any]) -> list[Any]:
        """The items, none of which is a part of an array under construction."""
        if not {_Array, _DType, _Name, type(_MARK)}.isdisjoint(map(type, items)):
            raise ValueError("a part of an array by itself")
        return items

    # ---- names, and the three things that are made with them

    def name(self, module: object, name: object) -> None:
        """Put a name on the stack, if it is one of NumPy's arrays."""
        if not isinstance(module, str) or not isinstance(name, str) or (module, name) not in _ALLOWED:
            _refuse(f"{module}.{name}" if isinstance(module, str) and isinstance(name, str) else "a name that is not text")
        self.push(_Name((module, name)))

    def reduce(self) -> None:
        """A dtype, an empty array, or bytes, from a name and a tuple."""
        arguments, name = self.stack.pop(), self.stack.pop()
        if type(name) is not _Name or type(arguments) is not tuple:
            _refuse("a call")
        if tuple(name) == ("numpy", "dtype"):
            self.push(_DType(arguments[0] if isinstance(arguments[0], str) else arguments[0].decode("ascii")))
        elif tuple(name) in _RECONSTRUCT and arguments[0] == ("numpy", "ndarray"):
            self.push(_Array())
        elif tuple(name) == ("_codecs", "encode") and arguments[1] in ("latin1", "latin-1"):
            self.push(arguments[0].encode("latin-1"))
        elif tuple(name) == ("__builtin__", "bytes") and not arguments:
            self.push(b"")
        else:
            _refuse(f"a call of {'.'.join(name)}")

    def build(self) -> None:
        """Give a dtype or an array its state; what was put aside while it was empty is replaced."""
        state, target = self.stack.pop(), self.stack.pop()
        if type(target) not in (_DType, _Array) or type(state) is not tuple:
            _refuse("the state of an object")
        result = target.build(state)
        if type(target) is _Array:
            self.memo.update(dict.fromkeys(target.keys, result))
        self.push(result)

    # ---- containers

    def append(self) -> None:
        """Add one item to a list."""
        item = self._literals([self.pop()])[0]
        self.top(list).append(item)

    def extend(self) -> None:
        """Add items to a list."""
        items = self._literals(self.since_mark())
        self.top(list).extend(items)

    def set_item(self) -> None:
        """Add an item to a dict."""
        value, key = self.pop(), self.pop()
        self.top(dict).update(_pairs(self._literals([key, value])))

    def set_items(self) -> None:
        """Add items to a dict."""
        items = self._literals(self.since_mark())
        self.top(dict).update(_pairs(items))

    def tuple_of(self, count: int) -> None:
        """Put the values on top into a tuple."""
        if count > len(self.stack):
            raise ValueError("too few values")
        items = [self.pop() for _ in range(count)][::-1]
        self.push(tuple(items))

    def get(self, key: int) -> None:
        """Put a value on the stack that was put aside."""
        self.push(self.memo[key])

    def put(self, key: int) -> None:
        """Put the value on top aside, too."""
        value = self.stack[-1]
        self.memo[key] = value
        if type(value) is _Array:
            value.keys.append(key)

    def integer_line(self) -> None:
        """An integer, or a boolean, as a line of text."""
        text = self.line()
        self.push({"00": False, "01": True}[text] if text in ("00", "01") else int(text.removesuffix("L")))

    def quoted_line(self) -> None:
        """A text of Python 2 in quotes."""
        text = self.line()
        if len(text) < 2 or text[0] != text[-1] or text[0] not in "\"'":
            raise ValueError("a text without quotes")
        self.push(self.old_text(text[1:-1].encode("ascii").decode("unicode_escape").encode("latin-1")))

    def stack_name(self) -> None:
        """A name from the two texts on top."""
        name, module = self.stack.pop(), self.stack.pop()
        self.name(module, name)


def _pairs(items: list[Any]) -> dict[Any, Any]:
    # Tuples within tuples without end would exhaust the stack of the processor when they are hashed.
    if not all(isinstance(key, (str, bytes, int, float, type(None))) for key in items[::2]):
        raise ValueError("a key that is neither a text nor a number")
    return dict(zip(items[::2], items[1::2], strict=True))


def _sized(width: int, make: Callable[[_Machine, bytes], Any]) -> Callable[[_Machine], None]:
    """The instruction for bytes behind their length."""
    return lambda m: m.push(make(m, m.take(m.number(width))))


def _utf8(_machine: _Machine, content: bytes) -> str:
    return content.decode("utf-8", "surrogatepass")


def _constant(value: object) -> Callable[[_Machine], None]:
    return lambda m: m.push(value)


# Code -> what it does; see Python's `pickletools` for their names. What is missing builds objects, or calls.
_BY_CODE: dict[str | int, Callable[[_Machine], Any]] = {
    0x80: lambda m: m.take(1),  # the protocol
    0x95: lambda m: m.take(8),  # the length of what follows
    "(": _constant(_MARK),
    "0": lambda m: m.stack.pop(),
    "1": _Machine.since_mark,
    "2": lambda m: m.push(m._complete(m.stack[-1])),
    "N": _constant(None),
    0x88: _constant(True),
    0x89: _constant(False),
    "I": _Machine.integer_line,
    "L": _Machine.integer_line,
    0x8A: _sized(1, lambda m, content: int.from_bytes(content, "little", signed=True)),
    0x8B: _sized(4, lambda m, content: int.from_bytes(content, "little", signed=True)),
    "F": lambda m: m.push(float(m.line())),
    "G": lambda m: m.push(struct.unpack(">d", m.take(8))[0]),
    "S": _Machine.quoted_line,
    "T": _sized(4, _Machine.old_text),
    "U": _sized(1, _Machine.old_text),
    "V": lambda m: m.push(m.raw_line().decode("raw_unicode_escape")),
    "X": _sized(4, _utf8),
    0x8C: _sized(1, _utf8),
    0x8D: _sized(8, _utf8),
    "B": _sized(4, lambda m, content: content),
    "C": _sized(1, lambda m, content: content),
    0x8E: _sized(8, lambda m, content: content),
    "]": lambda m: m.push([]),
    "l": lambda m: m.push(m._literals(m.since_mark())),
    "a": _Machine.append,
    "e": _Machine.extend,
    "}": lambda m: m.push({}),
    "d": lambda m: m.push(_pairs(m._literals(m.since_mark()))),
    "s": _Machine.set_item,
    "u": _Machine.set_items,
    ")": _constant(()),
    "t": lambda m: m.push(tuple(m.since_mark())),
    0x85: lambda m: m.tuple_of(1),
    0x86: lambda m: m.tuple_of(2),
    0x87: lambda m: m.tuple_of(3),
    "g": lambda m: m.get(int(m.line())),
    "h": lambda m: m.get(m.number(1)),
    "j": lambda m: m.get(m.number(4)),
    "p": lambda m: m.put(int(m.line())),
    "q": lambda m: m.put(m.number(1)),
    "r": lambda m: m.put(m.number(4)),
    0x94: lambda m: m.put(len(m.memo)),
    "c": lambda m: m.name(m.line(), m.line()),
    0x93: _Machine.stack_name,
    "R": _Machine.reduce,
    "b": _Machine.build,
}
_INSTRUCTIONS = {ord(code) if isinstance(code, str) else code: instruction for code, instruction in _BY_CODE.items()}
