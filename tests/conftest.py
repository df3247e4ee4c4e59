"""What all tests share: none of them reads what another process left on disk."""

import os

os.environ["CHAINRULE_CACHE_DIR"] = ""
