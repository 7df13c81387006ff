from websocket_v6 import *
from websocket_v6 import Credentials, WebSocketClientProxy
