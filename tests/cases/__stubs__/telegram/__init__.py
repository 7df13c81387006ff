class Bot:
    def __init__(self, token):
        self.sent = []

    async def send_message(self, chat_id, text):
        self.sent.append((chat_id, text))


class Application:
    def __init__(self):
        self.handlers = {}
        self.bot = Bot("t")
        self.bot_data = {}

    @classmethod
    def builder(cls):
        return cls()

    def token(self, t):
        return self

    def build(self):
        return self

    def add_handler(self, h):
        self.handlers[h.command] = h.callback

    async def dispatch(self, command, *args):
        ctx = Context(self, args)
        await self.handlers[command](Update(), ctx)


class CommandHandler:
    def __init__(self, command, callback):
        self.command, self.callback = command, callback


class Update:
    effective_chat_id = 7


class Context:
    def __init__(self, app, args):
        self.application = app
        self.bot = app.bot
        self.args = list(args)
        self.bot_data = app.bot_data
