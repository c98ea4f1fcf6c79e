"""What protoc makes of a schema."""

import importlib.util
import os
import subprocess
import sys
import tempfile


def generated(text: str, which: str):
    """The first message of a schema, as protoc makes a class of it."""
    folder = tempfile.mkdtemp()
    name = f"part_{which}"
    with open(os.path.join(folder, f"{name}.proto"), "w") as file:
        file.write(text)
    include = os.path.join(os.path.dirname(importlib.util.find_spec("grpc_tools").origin), "_proto")
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", f"-I{folder}", f"-I{include}", f"--python_out={folder}", f"{name}.proto"], check=True)
    spec = importlib.util.spec_from_file_location(name, os.path.join(folder, f"{name}_pb2.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, next(iter(module.DESCRIPTOR.message_types_by_name)))
