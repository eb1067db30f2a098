"""Builds the wheels of `stepwell-server`: `python python/server/build.py [--target x86_64 aarch64] [--out DIR]`.

Each holds the server as one executable, made by `npm run build:executable`; for a target that is not this machine's Bun
fetches its own runtime from the package registry. Needs the checkout with `npm install` done, and no Python package.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = Path(__file__).parent / "src" / "stepwell_server"
BUN = {"x86_64": "bun-linux-x64", "aarch64": "bun-linux-arm64"}
TAG = "py3-none-manylinux2014_{}"
EXECUTABLE = 0o100755 << 16
PLAIN = 0o100644 << 16


def compile_server(target: str, folder: Path) -> Path:
    """The executable for a target. Raises CalledProcessError."""
    out = folder / f"stepwell-{target}"
    options = [f"--target={BUN[target]}", f"--outfile={out}"]
    subprocess.run(["npm", "run", "build:executable", "--", *options], check=True, cwd=ROOT)  # noqa: S603, S607
    return out


def write_wheel(target: str, executable: Path, version: str, out: Path) -> Path:
    """A wheel with the executable in it."""
    tag = TAG.format(target)
    info = f"stepwell_server-{version}.dist-info"
    metadata = (
        f"Metadata-Version: 2.1\nName: stepwell-server\nVersion: {version}\nSummary: The Stepwell server as one executable\n"
    )
    metadata += "License: Apache-2.0\nRequires-Python: >=3.10\n"
    files = {
        "stepwell_server/__init__.py": ((PACKAGE / "__init__.py").read_bytes(), PLAIN),
        "stepwell_server/bin/stepwell": (executable.read_bytes(), EXECUTABLE),
        f"{info}/METADATA": (metadata.encode(), PLAIN),
        f"{info}/WHEEL": (f"Wheel-Version: 1.0\nGenerator: build.py\nRoot-Is-Purelib: false\nTag: {tag}\n".encode(), PLAIN),
        f"{info}/licenses/LICENSE": ((ROOT / "LICENSE").read_bytes(), PLAIN),
    }
    path = out / f"stepwell_server-{version}-{tag}.whl"
    record = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as wheel:
        for name, (data, mode) in files.items():
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.external_attr = mode
            entry.compress_type = zipfile.ZIP_DEFLATED
            wheel.writestr(entry, data)
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            record.append(f"{name},sha256={digest},{len(data)}\n")
        wheel.writestr(f"{info}/RECORD", "".join(record) + f"{info}/RECORD,,\n")
    return path


def main() -> int:
    """Builds and prints the paths; 1 when a target could not be built."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target", nargs="*", choices=list(BUN), default=list(BUN))
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    options = parser.parse_args()
    version = json.loads((ROOT / "package.json").read_text())["version"]
    options.out.mkdir(parents=True, exist_ok=True)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="stepwell-server-") as folder:
        for target in options.target:
            try:
                executable = compile_server(target, Path(folder))
            except subprocess.CalledProcessError as error:
                print(f"{target}: could not be built: {error}", file=sys.stderr)
                failed += 1
                continue
            print(write_wheel(target, executable, version, options.out))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
