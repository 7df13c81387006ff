async def test_opens_and_closes(board, fake):
    await board.open(["KRW-BTC"])
    await board.close()
    assert fake.calls == ["connect", "subscribe", "disconnect"]
