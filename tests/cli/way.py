"""The files of one client's way through client and server, made once for all tests."""
import os
import pathlib

from program import ProgramTest

FILES = pathlib.Path(os.environ["VEILRAY_TEST_FILES"])
MODEL = FILES / "model"
OTHER = FILES / "other"  # the same network, compiled a second time
HEFNET = FILES / "hefnet"  # of random weights
KIT = MODEL / "client-kit"


class WayTest(ProgramTest):
    """Each test finds the keys, the request and the answer in its folder, and copies to damage them."""

    def setUp(self):
        super().setUp()
        for name in ("film.png", "keys", "x.ct", "y.ct"):
            (self.folder / name).symlink_to(FILES / name)

    def write(self, name, content):
        (self.folder / name).unlink(missing_ok=True)
        (self.folder / name).write_bytes(content)

    def infer_fails(self, request, says="", model=MODEL, keys="keys/evaluation.key", **options):
        self.assert_fails("infer", request, "-e", keys, "-m", model, "-o", "out.ct", says=says, **options)
