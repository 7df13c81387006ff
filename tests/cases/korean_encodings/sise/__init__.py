from .collector import 시세수집기
from .account import 계좌감시
