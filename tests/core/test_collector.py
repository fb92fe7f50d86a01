"""The garbage collector after a process has started."""

import subprocess
import sys


def test_what_is_loaded_is_not_searched_again_and_searches_are_seldom():
    program = "import gc, django; from core.collector import calm_collector as calm; calm(); " \
              "print(gc.get_freeze_count() > 1_000, gc.get_threshold()[0] > 5_000, gc.isenabled())"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True", "True"]
