"""The HTML validator of the W3C, which runs in Java."""

import shutil
import subprocess
from pathlib import Path

import pytest

VNU = "26.9.27"


def validator(config: pytest.Config) -> Path:
    """Return the validator's jar, fetched once from npm and kept beside pytest's cache; skip where that cannot be."""
    if not shutil.which("java"):
        pytest.skip("There is no Java here, which the HTML validator needs.")
    folder = config.rootpath / ".pytest_cache" / f"vnu-{VNU}"
    if not (found := sorted(folder.rglob("vnu.jar"))):
        if not shutil.which("npm"):
            pytest.skip("There is no npm here to fetch the HTML validator with.")
        done = subprocess.run(
            [
                "npm",
                "install",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--prefix",
                str(folder),
                f"vnu-jar@{VNU}",
            ],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            pytest.skip(f"npm could not fetch the HTML validator: {done.stderr.strip().splitlines()[-1:]}")
        found = sorted(folder.rglob("vnu.jar"))
    return found[0]
