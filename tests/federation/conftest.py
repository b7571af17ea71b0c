from collections.abc import Iterator

import pytest

from tests.federation import servers
from tests.federation.servers import Web


@pytest.fixture
def web() -> Iterator[Web]:
    with servers.web() as running:
        yield running
