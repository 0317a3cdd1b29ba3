"""The members of a group: their names and the addresses of their object headers. Only hard links are read."""

from __future__ import annotations

import re

from glassworks.saving.hdf5.headers import LINK, LINK_INFO, SYMBOL_TABLE, Header
from glassworks.saving.hdf5.heaps import FractalHeap, LocalHeap
from glassworks.saving.hdf5.source import LONGEST_NAME, UNDEFINED, Cursor, Source
from glassworks.saving.hdf5.trees import GROUP, read_tree_1, read_tree_2

_NAME_INDEX = 5
_KINDS = {1: "a soft link", 64: "an external link"}


def is_group(header: Header) -> bool:
    """Whether an object is a group."""
    return any(message.kind in (SYMBOL_TABLE, LINK_INFO) for message in header.messages)


def read_links(source: Source, header: Header) -> dict[str, int]:
    """Names and addresses of a group's members, in the order in which h5py lists them."""
    links: list[tuple[int, str, int]] = []
    is_ordered = False
    if (table := header.find(SYMBOL_TABLE)) is not None:
        links = _read_symbol_table(source, table)
    if (info := header.find(LINK_INFO)) is not None:
        is_ordered, dense = _read_info(source, info)
        links += dense + [_read_link(source, cursor) for cursor in header.all(LINK)]
    source.spend("members", len(links))
    links.sort(key=lambda link: link[0] if is_ordered else link[1].encode())
    members = {_checked_name(source, name): address for _, name, address in links}
    if len(members) != len(links):
        raise source.damaged("two members have the same name")
    return members


def _checked_name(source: Source, name: str) -> str:
    if not 0 < len(name) <= LONGEST_NAME or "/" in name or any(ord(letter) < 32 or ord(letter) == 127 for letter in name):
        raise source.damaged(f"a member has the name {name[:LONGEST_NAME]!r}")
    if any(part in (".", "..") for part in re.split(r"[/\\]", name)):
        raise source.refused(f"the name {name!r}, which leads to another folder", "names of members", "rename the member")
    return name


def _refuse(source: Source, name: str, kind: int) -> None:
    text = _KINDS.get(kind, "a link of a user's kind")
    raise source.refused(f"its member {name!r} is {text}, which may lead anywhere", "groups and data sets that lie in the file itself")


def _read_symbol_table(source: Source, message: Cursor) -> list[tuple[int, str, int]]:
    tree, heap = message.unsigned(8), LocalHeap(source, message.unsigned(8))
    links = []
    for _, address in read_tree_1(source, tree, GROUP, 8):
        head = source.block(address, 8, "a list of members")
        head.expect(b"SNOD\x01")
        head.take(1)
        count = head.unsigned(2)
        cursor = source.block(address + 8, 40 * count, "a list of members")
        for _ in range(count):
            name, header, kind = heap.name(cursor.unsigned(8)), cursor.unsigned(8), cursor.unsigned(4)
            cursor.take(20)  # copies of addresses that the object header has, too
            if kind == 2:
                _refuse(source, name, 1)
            links.append((0, name, header))
    return links


def _read_info(source: Source, cursor: Cursor) -> tuple[bool, list[tuple[int, str, int]]]:
    """Whether the group keeps the order of creation, and its links if there are many."""
    if cursor.unsigned(1) != 0:
        raise source.damaged("a list of links of an unknown version")
    flags = cursor.unsigned(1)
    cursor.take(8 * (flags & 1))
    heap_address, tree = cursor.unsigned(8), cursor.unsigned(8)
    return bool(flags & 1), [_read_link(source, entry) for entry in read_dense(source, heap_address, tree, _NAME_INDEX)]


def read_dense(source: Source, heap_address: int, tree: int, kind: int) -> list[Cursor]:
    """The entries of a fractal heap, by an index of names: of links (5), or of attributes (8)."""
    if heap_address == UNDEFINED:
        return []
    heap, entries = FractalHeap(source, heap_address), []
    for record in read_tree_2(source, tree, kind):
        if kind == _NAME_INDEX:
            record.take(4)  # the hash of the name
            entries.append(heap.get(record.part(7)))
        else:
            entries.append(heap.get(record.part(8)))
            if record.unsigned(1) & 2:
                raise source.refused("an attribute is shared with other objects", "an object that describes itself")
    return entries


def _read_link(source: Source, cursor: Cursor) -> tuple[int, str, int]:
    """Order of creation, name and address of a link message."""
    if cursor.unsigned(1) != 1:
        raise source.damaged("a link of an unknown version")
    flags = cursor.unsigned(1)
    kind = cursor.unsigned(1) if flags & 8 else 0
    order = cursor.unsigned(8) if flags & 4 else 0
    cursor.take(bool(flags & 16))  # the character set: UTF-8 contains ASCII
    name = cursor.text(cursor.unsigned(1 << (flags & 3)))
    if kind != 0:
        _refuse(source, name, kind)
    return order, name, cursor.unsigned(8)
