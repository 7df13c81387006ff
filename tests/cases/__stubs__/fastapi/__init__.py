import inspect


class Depends:
    def __init__(self, dep=None):
        self.dep = dep


class State:
    pass


class FastAPI:
    def __init__(self, *, lifespan=None, title=""):
        self.lifespan = lifespan
        self.routes = {}
        self.state = State()

    def get(self, path):
        def deco(f):
            self.routes[path] = f
            return f

        return deco

    def include_router(self, r):
        self.routes.update(r.routes)

    async def call(self, path, **kw):
        f = self.routes[path]
        return await _solve(self, f, kw)


class APIRouter(FastAPI):
    def __init__(self, **kw):
        super().__init__()


class Request:
    def __init__(self, app):
        self.app = app


async def _solve(app, f, kw):
    for n, p in inspect.signature(f).parameters.items():
        if n in kw:
            continue
        if isinstance(p.default, Depends):
            v = await _solve(app, p.default.dep, {})
            kw[n] = v
        elif p.annotation in (Request, "Request"):
            kw[n] = Request(app)
    r = f(**kw)
    if inspect.isasyncgen(r):
        return await r.__anext__()
    return await r if inspect.isawaitable(r) else r
