"""Glassworks' native core: programs of stations, run without Python."""

from collections.abc import Callable, Sequence
import enum


def isa() -> str:
    """The instruction set in use."""

def runnable_isas() -> list[str]:
    """The instruction sets that this CPU can run, the best last."""

def choose_isa(isa: str) -> bool:
    """
    Use this instruction set for programs made from now on; False if it cannot run.
    """

def vector_bytes() -> int:
    """Bytes of a vector of the instruction set in use."""

def panel_columns() -> int:
    """Columns of float32 that a matrix product takes at a time."""

def threads() -> int:
    """How many threads share the work."""

def set_threads(count: int) -> None: ...

class KernelKind(enum.Enum):
    """What a kernel does with a space of rows and columns."""

    elementwise = 0
    """an element from the elements at the same position"""

    reduce_columns = 1
    """a number from each row"""

    reduce_rows = 2
    """a number from each column, perhaps in parts of the rows"""

    rowwise = 3
    """whole rows from whole rows"""

    expand = 4
    """a row from a number"""

    generate = 5
    """an element from its position"""

    head = 6
    """fills the tile that instructions then work on"""

    task = 7
    """cuts its work in its own way"""

class Argument:
    """
    An operand or integer of a kernel: one, an array of `count`, or a list as long as `counted_by` says.
    """

    @property
    def name(self) -> str: ...

    @property
    def count(self) -> int: ...

    @property
    def counted_by(self) -> str:
        """The integer that gives the length of a list, or an empty text."""

class Needs:
    """What a task needs beside its operands."""

    @property
    def tiles(self) -> int: ...

    @property
    def workspace_bytes(self) -> int: ...

    @property
    def possible(self) -> bool:
        """Whether the kernel can do what its integers ask for."""

class Kernel:
    """A line of the table of kernels."""

    @property
    def name(self) -> str: ...

    @property
    def op(self) -> str:
        """The name without dtypes."""

    @property
    def dtypes(self) -> list[str]: ...

    @property
    def kind(self) -> KernelKind: ...

    @property
    def inputs(self) -> list[Argument]: ...

    @property
    def outputs(self) -> list[Argument]: ...

    @property
    def int_args(self) -> list[Argument]: ...

    @property
    def float_args(self) -> list[Argument]: ...

    def needs(self, int_args: Sequence[int]) -> Needs:
        """
        What a task needs for these integers, which are in the order of `int_args`.
        """

def kernels() -> list[Kernel]:
    """The table of kernels of the instruction set in use."""

ALIGNMENT: int = 64

MOST_OPERANDS: int = 64

MOST_AXES: int = 64

MOST_AHEAD: int = 4

MOST_WINDOW_LINES: int = 128

class Form(enum.Enum):
    """How a value lies in a space of rows and columns."""

    full = 0

    row = 1

    column = 2

    scalar = 3

    part = 4

class StationKind(enum.Enum):
    tiles = 0

    copy = 1

    gather = 2

    scatter = 3

    python = 4

    task = 5

class View:
    """
    An operand: a buffer, or a slot of scratch memory, and how it lies in the space.
    """

    def __init__(self, buffer: int = -1, slot: int = -1, form: Form = Form.full, item: int = 4) -> None: ...

class Station:
    def __init__(self) -> None: ...

    @property
    def kind(self) -> StationKind: ...

    @kind.setter
    def kind(self, arg: StationKind, /) -> None: ...

    @property
    def parallel(self) -> bool: ...

    @parallel.setter
    def parallel(self, arg: bool, /) -> None: ...

    @property
    def tiles(self) -> int: ...

    @tiles.setter
    def tiles(self, arg: int, /) -> None: ...

    @property
    def cost(self) -> float: ...

    @cost.setter
    def cost(self, arg: float, /) -> None: ...

    @property
    def seconds(self) -> float: ...

    @seconds.setter
    def seconds(self, arg: float, /) -> None: ...

    @property
    def runs(self) -> int: ...

    @runs.setter
    def runs(self, arg: int, /) -> None: ...

    @property
    def batch(self) -> int: ...

    @batch.setter
    def batch(self, arg: int, /) -> None: ...

    @property
    def rows(self) -> int: ...

    @rows.setter
    def rows(self, arg: int, /) -> None: ...

    @property
    def columns(self) -> int: ...

    @columns.setter
    def columns(self, arg: int, /) -> None: ...

    @property
    def tile_rows(self) -> int: ...

    @tile_rows.setter
    def tile_rows(self, arg: int, /) -> None: ...

    @property
    def tile_columns(self) -> int: ...

    @tile_columns.setter
    def tile_columns(self, arg: int, /) -> None: ...

    @property
    def chunk_rows(self) -> int: ...

    @chunk_rows.setter
    def chunk_rows(self, arg: int, /) -> None: ...

    @property
    def slot_offsets(self) -> list[int]: ...

    @slot_offsets.setter
    def slot_offsets(self, arg: Sequence[int], /) -> None: ...

    @property
    def a(self) -> int: ...

    @a.setter
    def a(self, arg: int, /) -> None: ...

    @property
    def b(self) -> int: ...

    @b.setter
    def b(self, arg: int, /) -> None: ...

    @property
    def product_buffer(self) -> int: ...

    @product_buffer.setter
    def product_buffer(self, arg: int, /) -> None: ...

    @property
    def product_item(self) -> int: ...

    @product_item.setter
    def product_item(self, arg: int, /) -> None: ...

    @property
    def k(self) -> int: ...

    @k.setter
    def k(self, arg: int, /) -> None: ...

    @property
    def a_row(self) -> int: ...

    @a_row.setter
    def a_row(self, arg: int, /) -> None: ...

    @property
    def a_k(self) -> int: ...

    @a_k.setter
    def a_k(self, arg: int, /) -> None: ...

    @property
    def b_k(self) -> int: ...

    @b_k.setter
    def b_k(self, arg: int, /) -> None: ...

    @property
    def b_column(self) -> int: ...

    @b_column.setter
    def b_column(self, arg: int, /) -> None: ...

    @property
    def a_batch(self) -> int: ...

    @a_batch.setter
    def a_batch(self, arg: int, /) -> None: ...

    @property
    def b_batch(self) -> int: ...

    @b_batch.setter
    def b_batch(self, arg: int, /) -> None: ...

    @property
    def block_stride(self) -> int: ...

    @block_stride.setter
    def block_stride(self, arg: int, /) -> None: ...

    @property
    def rate(self) -> int: ...

    @rate.setter
    def rate(self, arg: int, /) -> None: ...

    @property
    def ahead(self) -> list[int]: ...

    @ahead.setter
    def ahead(self, arg: Sequence[int], /) -> None: ...

    @property
    def source(self) -> int: ...

    @source.setter
    def source(self, arg: int, /) -> None: ...

    @property
    def target(self) -> int: ...

    @target.setter
    def target(self, arg: int, /) -> None: ...

    @property
    def indices(self) -> int: ...

    @indices.setter
    def indices(self, arg: int, /) -> None: ...

    @property
    def item(self) -> int: ...

    @item.setter
    def item(self, arg: int, /) -> None: ...

    @property
    def index_item(self) -> int: ...

    @index_item.setter
    def index_item(self, arg: int, /) -> None: ...

    @property
    def source_offset(self) -> int: ...

    @source_offset.setter
    def source_offset(self, arg: int, /) -> None: ...

    @property
    def shape(self) -> list[int]: ...

    @shape.setter
    def shape(self, arg: Sequence[int], /) -> None: ...

    @property
    def source_strides(self) -> list[int]: ...

    @source_strides.setter
    def source_strides(self, arg: Sequence[int], /) -> None: ...

    @property
    def target_strides(self) -> list[int]: ...

    @target_strides.setter
    def target_strides(self, arg: Sequence[int], /) -> None: ...

    @property
    def table_rows(self) -> int: ...

    @table_rows.setter
    def table_rows(self, arg: int, /) -> None: ...

    @property
    def count(self) -> int: ...

    @count.setter
    def count(self, arg: int, /) -> None: ...

    @property
    def width(self) -> int: ...

    @width.setter
    def width(self, arg: int, /) -> None: ...

    @property
    def callback(self) -> int: ...

    @callback.setter
    def callback(self, arg: int, /) -> None: ...

    @property
    def operands(self) -> list[int]: ...

    @operands.setter
    def operands(self, arg: Sequence[int], /) -> None: ...

    @property
    def index_tables(self) -> list[int]: ...

    @index_tables.setter
    def index_tables(self, arg: Sequence[int], /) -> None: ...

    @property
    def int_args(self) -> list[int]: ...

    @int_args.setter
    def int_args(self, arg: Sequence[int], /) -> None: ...

    @property
    def float_args(self) -> list[float]: ...

    @float_args.setter
    def float_args(self, arg: Sequence[float], /) -> None: ...

    def use_product(self, is_float64: bool) -> None: ...

    def use_rank_one(self, is_float64: bool) -> None: ...

    def use_head(self, kernel: str) -> None: ...

    def use_task(self, kernel: str) -> None: ...

    def use_accumulate(self, kernel: str) -> None: ...

    def add(self, kernel: str, extent: Form, outputs: Sequence[View], inputs: Sequence[View]) -> None:
        """Add an instruction."""

class WordTable:
    """Different words, numbered in the order in which they came."""

    def __init__(self) -> None: ...

    def __len__(self) -> int: ...

    def add(self, words: bytes, ends: object) -> None:
        """Add words, which lie end to end."""

    def count(self, texts: bytes, ends: object, table: bytes, dropped: bytes) -> None:
        """Count the words of texts, which are translated before."""

    def look_up(self, texts: bytes, ends: object, table: bytes, dropped: bytes, numbers: object, lengths: object) -> int:
        """
        Fill in the numbers of the words of texts, -1 for unknown ones, and how many words each text has.
        """

    def words(self) -> bytes:
        """The words, each with a space behind it."""

    def counts(self, counts: object, texts: object) -> None:
        """Fill in how often each word came, and in how many texts."""

class Fill(enum.Enum):
    """What lies outside of an image."""

    constant = 0

    nearest = 1

    wrap = 2

    mirror = 3

    reflect = 4

def project_images(images: object, transforms: object, result: object, shape: Sequence[int], fill: Fill, fill_value: float) -> None:
    """Fill in float32 images seen through projections, one for each image."""

class Workspace:
    def __init__(self) -> None: ...

    def bytes(self) -> int: ...

class Program:
    def __init__(self, sizes: Sequence[int], arena_bytes: int, scratch_bytes: int, workspace: Workspace) -> None: ...

    def bytes(self) -> int: ...

    def place_in_arena(self, buffer: int, offset: int) -> None: ...

    def bind(self, buffer: int, array: object, bytes: int, writable: bool) -> None: ...

    def memory(self, buffer: int, bytes: int) -> memoryview: ...

    def add_station(self, station: Station) -> None: ...

    def add_wave(self, stations: Sequence[int]) -> None: ...

    def set_gather_waves(self, waves: Sequence[int]) -> None: ...

    def station(self, index: int) -> Station: ...

    def set_callback(self, callback: Callable) -> None: ...

    def failed_station(self) -> int: ...

    def run(self, timed: bool = False) -> bool: ...

    def set_call(self, operands: Sequence[tuple[int, int, bool]], run_inline: bool) -> None: ...

    def call(self, *arrays: object) -> bool: ...

    def run_steps(self, feeds: Sequence[tuple[int, object, int]], rows: object | None, first: int, batch_size: int, steps: int, seconds: float, timed: bool = False) -> int: ...
