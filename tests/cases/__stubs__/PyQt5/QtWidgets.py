from .QtCore import QObject


class QWidget(QObject):
    def show(self):
        pass

    def close(self):
        self.closeEvent(None)

    def closeEvent(self, event):
        pass


class QMainWindow(QWidget):
    pass


class QLabel(QWidget):
    def __init__(self, text="", parent=None):
        super().__init__(parent)
        self._text = text

    def setText(self, t):
        self._text = t

    def text(self):
        return self._text


class QApplication(QObject):
    def __init__(self, argv):
        super().__init__()

    def exec_(self):
        return 0
