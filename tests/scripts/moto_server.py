"""moto's server: AWS services that nobody here wrote. Installed once, by pip, into a folder of the
build's; None where PyPI cannot be reached."""

import os
import subprocess
import sys
import time
import urllib.request

from cli_check import ROOT
from server_process import free_port

PACKAGES = ["moto==5.0.28", "botocore==1.43.11", "boto3==1.43.11", "s3transfer", "flask==3.0.3",
            "flask-cors==5.0.0"]
FOLDER = os.path.join(ROOT, "build-moto")
PYTHON = sys.executable


def install():
    done = os.path.join(FOLDER, "done")
    if os.path.exists(done):
        return True
    result = subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", "--upgrade", "--target",
                             FOLDER, *PACKAGES], capture_output=True, text=True)
    if result.returncode != 0:
        print("skip: moto cannot be installed:", result.stderr.strip()[-300:])
        return False
    open(done, "w").close()
    return True


class Moto:
    def __enter__(self):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        env = dict(os.environ, PYTHONPATH=FOLDER, AWS_EC2_METADATA_DISABLED="true")
        self.process = subprocess.Popen(
            [PYTHON, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)], env=env,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.time() + 60
        while True:
            try:
                urllib.request.urlopen(self.url + "/moto-api/", timeout=5).read()
                return self
            except OSError:
                if self.process.poll() is not None or time.time() > deadline:
                    raise RuntimeError("moto's server did not start") from None
                time.sleep(0.1)

    def __exit__(self, *what):
        self.process.terminate()
        self.process.wait()


def pack_models(to):
    """The models of all services, from the botocore that came with moto."""
    subprocess.run([PYTHON, os.path.join(ROOT, "tools/pack-models"), to], check=True,
                   env=dict(os.environ, PYTHONPATH=FOLDER), stdout=subprocess.DEVNULL)
