"""What all tests share: none of them reads what another process left on disk, and none fails for being slow."""

import os

from hypothesis import settings

os.environ["CHAINRULE_CACHE_DIR"] = ""

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
