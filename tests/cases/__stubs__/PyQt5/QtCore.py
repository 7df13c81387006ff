import threading


class _Bound:
    def __init__(self):
        self._slots = []

    def connect(self, slot):
        self._slots.append(slot)

    def disconnect(self, slot=None):
        self._slots = [s for s in self._slots if slot is not None and s != slot]

    def emit(self, *args):
        for slot in list(self._slots):
            slot(*args)


class pyqtSignal:
    def __init__(self, *types):
        self.types = types

    def __set_name__(self, owner, name):
        self.name = "_sig_" + name

    def __get__(self, obj, owner):
        if obj is None:
            return self
        if self.name not in obj.__dict__:
            obj.__dict__[self.name] = _Bound()
        return obj.__dict__[self.name]


def pyqtSlot(*types):
    return lambda f: f


class QObject:
    def __init__(self, parent=None):
        self._parent = parent


class QThread(QObject):
    finished = pyqtSignal()

    def start(self):
        self._t = threading.Thread(target=self._qt_entry)
        self._t.start()

    def _qt_entry(self):
        self.run()
        self.finished.emit()

    def wait(self, ms=None):
        self._t.join(None if ms is None else ms / 1000)
        return not self._t.is_alive()

    def isRunning(self):
        return self._t.is_alive()
