from .feed import Feed, Quote
from .alerts import AlertBook
