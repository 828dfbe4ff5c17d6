"""The memory of all processes of the whole product while nothing happens."""

from benchmarks import ground
from benchmarks.measured import Measured
from tests.support.waiting import wait_until


def run() -> list[Measured]:
    """Proportional set size: what processes share is counted once."""
    with ground.product() as product, product.client() as client:
        client.get("/healthz").raise_for_status()
        wait_until(lambda: ground.memory(product)["worker"] > 0)
        used = ground.memory(product)
    parts = [Measured(f"memory of {part}", used[part], None, "", "MB") for part in sorted(used)]
    return [Measured("memory, idle", sum(used.values()), None, "≤ 700 MB", "MB"), *parts]
