"""Engines turn graphs into programs. Modules above get the chosen engine here and do not depend on a particular one."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from glassworks import old_names as _old_names
from glassworks.engine.base import STAGES as STAGES
from glassworks.engine.base import Engine as Engine
from glassworks.engine.base import Observer as Observer
from glassworks.engine.base import Program as Program
from glassworks.engine.base import StationReport as StationReport
from glassworks.engine.base import who as who
from glassworks.engine.cache import CachedProgram as CachedProgram
from glassworks.engine.cache import ProgramCache as ProgramCache
from glassworks.engine.cache import signature_of as signature_of
from glassworks.engine.choice import choose as choose
from glassworks.engine.choice import compile_by_node as compile_by_node
from glassworks.engine.choice import compile_graph as compile_graph
from glassworks.engine.choice import engine as engine
from glassworks.engine.choice import requested_engine as requested_engine
from glassworks.engine.choice import set_engine as set_engine
from glassworks.engine.hardware import Machine as Machine
from glassworks.engine.hardware import machine as machine
from glassworks.engine.threads import cpu as cpu
from glassworks.engine.threads import num_threads as num_threads
from glassworks.engine.threads import set_num_threads as set_num_threads
from glassworks.engine.traced_function import TracedFunction as TracedFunction
from glassworks.engine.traced_function import function as function

if not _TYPE_CHECKING:
    __getattr__ = _old_names.module_getattr("engine", __name__)
