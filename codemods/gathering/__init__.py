"""Ask every rule about every use of a client, and let refusals spread over what belongs together.

:mod:`codemods.gathering.gatherer` says in which order; every other module asks about one kind of place.
"""
