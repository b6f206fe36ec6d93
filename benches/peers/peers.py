#!/usr/bin/env python3
"""How many certificates a core makes a second with what one would use instead: ReportLab or typst, with segno for the code.

    cargo bench --bench certificates -- --page page.json
    pip install -r benches/peers/requirements.txt
    python3 benches/peers/peers.py page.json

The same lines at the same places and the same code, in the same faces; unsealed, untagged, nothing attached. Each page gets
other words for a name and another code.
"""
import io
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

import segno
import typst
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

FONTS = Path(__file__).parent.parent.parent / "assets" / "fonts"
FILES = {"serif": "ikrar-serif.ttf", "sans": "ikrar-sans.ttf", "bold": "ikrar-sans-bold.ttf"}
WIDTH, HEIGHT = 595.276, 841.89
ROUNDS, ROUND_SECS = 5, 4.0


def changed(qr_text: str, number: int) -> str:
    return f"{qr_text[:-8]}{number:08d}"


def reportlab_page(marks: list[dict], number: int) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT))
    for mark in marks:
        if "symbol" in mark:
            code = segno.make(changed(mark["symbol"], number), error="m", micro=False)
            rows = code.matrix
            module = mark["side"] / len(rows)
            canvas.setFillColor("#000000")
            for row, modules in enumerate(rows):
                for column, dark in enumerate(modules):
                    if dark:
                        y = HEIGHT - mark["y"] - (row + 1) * module
                        canvas.rect(mark["x"] + column * module, y, module, module, stroke=0, fill=1)
            continue
        canvas.setFillColor(mark["color"])
        canvas.setFont(mark["face"], mark["size"])
        canvas.drawString(mark["x"], HEIGHT - mark["y"], f"{mark['text']} {number}" if mark["size"] > 20 else mark["text"])
    canvas.save()
    return out.getvalue()


TYPST = """#set page(width: 595.276pt, height: 841.89pt, margin: 0pt)
#let marks = json("page.json")
#let faces = ("serif": "Ikrar Serif", "sans": "Ikrar Sans", "bold": "Ikrar Sans")
#for mark in marks {
  if "symbol" in mark {
    place(dx: mark.x * 1pt, dy: mark.y * 1pt, image(bytes(sys.inputs.code), format: "svg", width: mark.side * 1pt))
  } else {
    let words = if mark.size > 20 { mark.text + " " + sys.inputs.number } else { mark.text }
    let weight = if mark.face == "bold" { "bold" } else { "regular" }
    place(dx: mark.x * 1pt, dy: mark.y * 1pt - mark.size * 1pt, text(
      font: faces.at(mark.face), weight: weight, size: mark.size * 1pt, fill: rgb(mark.color), words))
  }
}
"""


def typst_maker(marks: list[dict], folder: Path):
    (folder / "page.json").write_text(json.dumps(marks))
    (folder / "page.typ").write_text(TYPST)
    compiler = typst.Compiler(str(folder / "page.typ"), root=str(folder), font_paths=[str(FONTS)])
    qr_text = next(mark["symbol"] for mark in marks if "symbol" in mark)

    def make(number: int) -> bytes:
        code = segno.make(changed(qr_text, number), error="m", micro=False).svg_inline(border=0)
        code = code.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
        return compiler.compile(format="pdf", sys_inputs={"number": str(number), "code": code})

    return make


def per_second(make) -> float:
    began, made = time.perf_counter(), 0
    while time.perf_counter() - began < ROUND_SECS:
        assert make(made).startswith(b"%PDF")
        made += 1
    return made / (time.perf_counter() - began)


def main(page: Path) -> None:
    marks = json.loads(page.read_text())
    for name, file in FILES.items():
        pdfmetrics.registerFont(TTFont(name, str(FONTS / file)))
    with tempfile.TemporaryDirectory() as folder:
        makers = {"ReportLab + segno": lambda number: reportlab_page(marks, number), "typst + segno": typst_maker(marks, Path(folder))}
        figures = {name: [] for name in makers}
        for _ in range(ROUNDS):
            for name, make in makers.items():
                figures[name].append(per_second(make))
    for name, found in figures.items():
        print(f"{name:20} {statistics.median(found):8.1f} a second on one core")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
