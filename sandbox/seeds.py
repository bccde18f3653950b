"""Which stores a sandbox starts with."""

from sandbox.world import World

SEEDS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "demo": (
        ("bigcommerce", "demo", "demo"),
        ("bigcommerce", "outlet", "outlet"),
        ("woocommerce", "kontor", "kontor"),
        ("woocommerce", "werft", "werft"),
    ),
    "empty": (("bigcommerce", "demo", "empty"), ("woocommerce", "kontor", "empty")),
}
"""Per seed: platform, name of the store, and the platform's own seed that fills it."""


def seed_world(world: World, base_url: str, seed: str) -> None:
    """Start over with the stores of the named seed."""
    with world.db.transaction():
        world.remove_store()
        for platform, store, fill in SEEDS[seed]:
            world.create_store(platform, store, base_url, fill)


def seed_missing(world: World, base_url: str, seed: str) -> None:
    """The seed's stores of platforms that have none: all of them in an empty file, new platforms' in an old one."""
    known = {world.platform_of(store).slug for store in world.names()}
    with world.db.transaction():
        for platform, store, fill in SEEDS[seed]:
            if platform not in known and store not in world.names():
                world.create_store(platform, store, base_url, fill)
