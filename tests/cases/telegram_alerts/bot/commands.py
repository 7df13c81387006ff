from telegram import CommandHandler


async def alert(update, context):
    symbol, above = context.args
    context.bot_data["alerts"].add(update.effective_chat_id, symbol, float(above))


async def status(update, context):
    feed = context.bot_data["feed"]
    text = "connected" if feed.client.is_connected() else "disconnected"
    await context.bot.send_message(update.effective_chat_id, f"{text}, {len(feed.ids)} symbols")


async def stop(update, context):
    await context.bot_data["feed"].forget(context.args[0])


HANDLERS = [CommandHandler(f.__name__, f) for f in (alert, status, stop)]
