"""What well-known functions from outside of the project do with the values they are given. Data only."""

from __future__ import annotations

__all__ = [
    "BINDING",
    "COLLECTING",
    "COPYING",
    "ENTERING",
    "FACTORY_FIRST",
    "FIELD_FUNCTIONS",
    "HARMLESS",
    "HARMLESS_SUFFIXES",
    "INSERTING",
    "MAPPINGS",
    "MOCK_CLASSES",
    "PASSING_FIRST",
    "SIGNALS",
    "STORED_SOMEWHERE",
    "WRAPPING",
    "is_harmless",
]

PASSING_FIRST = frozenset(
    {
        "asyncio.create_task",
        "asyncio.ensure_future",
        "asyncio.run",
        "asyncio.shield",
        "asyncio.wait_for",
        "asyncio.timeout",
        "anyio.fail_after",
        "contextlib.aclosing",
        "contextlib.closing",
        "contextlib.nullcontext",
        "copy.copy",
        "copy.deepcopy",
        "functools.cache",
        "functools.lru_cache",
        "functools.update_wrapper",
        "inspect.unwrap",
        "pytest.param",
        "weakref.proxy",
    }
)
"""The result is (or wraps) the first argument."""

COLLECTING = frozenset(
    {
        "list",
        "tuple",
        "set",
        "frozenset",
        "sorted",
        "reversed",
        "iter",
        "dict",
        "collections.ChainMap",
        "collections.OrderedDict",
        "collections.UserDict",
        "collections.defaultdict",
        "collections.deque",
        "filter",
        "itertools.chain",
        "itertools.cycle",
        "itertools.islice",
        "itertools.takewhile",
        "itertools.dropwhile",
        "asyncio.gather",
        "asyncio.wait",
        "asyncio.as_completed",
        "itertools.chain.from_iterable",
        "itertools.compress",
        "itertools.filterfalse",
        "random.sample",
        "random.choices",
        "heapq.nlargest",
        "heapq.nsmallest",
        "heapq.merge",
        "types.MappingProxyType",
        "types.SimpleNamespace",
        "asyncio.Queue",
        "queue.Queue",
        "weakref.WeakSet",
        "weakref.WeakValueDictionary",
        "weakref.WeakKeyDictionary",
        "asyncio.LifoQueue",
        "asyncio.PriorityQueue",
        "queue.LifoQueue",
        "queue.PriorityQueue",
        "queue.SimpleQueue",
        "multiprocessing.Queue",
    }
)
"""The result is a container of the arguments' elements."""

COPYING = frozenset(
    {
        "dict",
        "collections.ChainMap",
        "collections.OrderedDict",
        "collections.UserDict",
        "types.MappingProxyType",
    }
)
"""Those that make a mapping with the entries of one."""

INSERTING = frozenset(
    {"heapq.heappush", "bisect.insort", "bisect.insort_left", "bisect.insort_right"}
)
"""They put their second argument into the container that is their first."""

MAPPINGS = COPYING | {"collections.defaultdict", "UserDict", "OrderedDict"}
"""Classes whose instances have the entries they are made with."""

ENTERING = frozenset({"enter_async_context", "enter_context", "push_async_exit"})
"""Methods of exit stacks: the context manager they are given is entered now and left later."""

FIELD_FUNCTIONS = frozenset(
    {
        "dataclasses.field",
        "attr.field",
        "attr.ib",
        "attrs.field",
        "attr.Factory",
        "attrs.Factory",
        "pydantic.Field",
        "pydantic.PrivateAttr",
        "msgspec.field",
    }
)
"""They describe a field; its factory makes the value of each instance."""

FACTORY_FIRST = frozenset({"attr.Factory", "attrs.Factory", "collections.defaultdict"})
"""Their first argument is a factory, called without arguments."""

BINDING = "functools.partial"
"""Its first argument is called with the others."""

SIGNALS = frozenset({"pyqtSignal", "Signal"})
"""Qt's signals: what ``emit`` is given reaches every slot ``connect`` was given."""

WRAPPING = frozenset({"functools.wraps"})
"""They copy a function's name and documentation; they neither call nor keep the function."""

HARMLESS = frozenset(
    {
        "print",
        "repr",
        "str",
        "bool",
        "id",
        "hash",
        "type",
        "len",
        "callable",
        "isinstance",
        "issubclass",
        "vars",
        "dir",
        "any",
        "all",
        "format",
        "gc.get_referrers",
        "sys.getrefcount",
        "sys.getsizeof",
        "weakref.ref",
        "weakref.finalize",
        "pprint.pprint",
        "warnings.warn",
        "contextlib.suppress",
        "asyncio.wait",
        "asyncio.gather",
        "typing.cast",
        "cast",
    }
)
"""They look at a value without calling anything that changed its name."""

STORED_SOMEWHERE = "setattr()"
"""Stands for what takes a value that becomes an attribute under a computed name."""

HARMLESS_SUFFIXES = frozenset(
    {
        "debug",
        "info",
        "warning",
        "error",
        "exception",
        "critical",
        "log",
        "assertIsNotNone",
        "assertIsNone",
        "assertIs",
        "assertIsNot",
        "assertTrue",
        "assertFalse",
        "assertEqual",
        "assertNotEqual",
        "assertIsInstance",
        "assertIn",
        "assertNotIn",
    }
)
"""Last names of loggers' and test cases' methods."""

MOCK_CLASSES = frozenset(
    {"Mock", "MagicMock", "AsyncMock", "NonCallableMock", "NonCallableMagicMock", "create_autospec"}
)


def is_harmless(callee: str) -> bool:
    """Whether handing a client to *callee* leaves it what it is."""
    return callee in HARMLESS or callee.rsplit(".", 1)[-1] in HARMLESS_SUFFIXES
