"""What is measured: ``draw_pdfs.py FOLDER GROUPING`` draws the PDFs of the benchmark's captures, and says how."""

import json
import shutil
import sys
from pathlib import Path

from benchmarks.pdfs import attempts
from exhibits import model
from exhibits.capture_pdfs import Captures, draw_capture_pdfs
from exhibits.draw import peak_memory
from exhibits.typeset import Typesetter
from exhibits.voice import Voice

OUTPUT = "data/1_A_DEPOSER"


def main(root: Path, grouping: model.Grouping) -> None:
    """Draw, anew at each run; print the files, the weight of the heaviest, and the largest process's memory."""
    shutil.rmtree(root / "bundle" / OUTPUT, ignore_errors=True)
    numbered = model.number(attempts(), 1)
    files = model.capture_files(numbered, grouping, model.digits(len(numbered)))
    captures = Captures(root=root, folder=OUTPUT, draft=True, voice=Voice())
    with Typesetter(root=root, workspace=root / "work") as press:
        drawn = list(draw_capture_pdfs(files, captures, press, lambda _file, _place, _of: None))
    heaviest = max(captures.output(pdf.file).stat().st_size for pdf in drawn)
    memory = max(peak_memory(), *(pdf.memory for pdf in drawn))
    sys.stdout.write(json.dumps({"files": len(drawn), "heaviest": heaviest, "memory": memory}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), model.Grouping(sys.argv[2]))
