import sys; sys.path.append("lib")
import asyncio
from feedlib import private


async def main(argv):
    client = await private(argv[1], argv[2])
    status = await client.get_status()
    print(status["uptime_seconds"])
    await client.disconnect()

asyncio.run(main(sys.argv)) if __name__ == "__main__" else None
