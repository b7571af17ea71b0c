"""The refused comments and the previews of each network within the last minute.

They count for `comment_network_limit`, like the stored comments. They are kept in the memory of each worker, for a
bounded number of networks, so that a refused request writes nothing.
"""

from collections import OrderedDict, deque

SECONDS = 60.0
MOST_NETWORKS, MOST_OF_EACH = 10_000, 1_000


class Refusals:
    """Moments by network; the network that was noted longest ago is dropped when there are too many."""

    def __init__(self) -> None:
        self._moments: OrderedDict[str, deque[float]] = OrderedDict()

    def note(self, network: str, *, now: float) -> None:
        moments = self._moments.pop(network, deque(maxlen=MOST_OF_EACH))
        moments.append(now)
        self._moments[network] = moments
        while len(self._moments) > MOST_NETWORKS:
            self._moments.popitem(last=False)

    def waits(self, network: str, *, now: float) -> list[float]:
        """Return for each refusal of the last minute in how many seconds it counts no more, the soonest first."""
        moments = self._moments.get(network)
        if moments is None:
            return []
        while moments and moments[0] <= now - SECONDS:
            moments.popleft()
        if not moments:
            del self._moments[network]
        return [moment + SECONDS - now for moment in moments]
