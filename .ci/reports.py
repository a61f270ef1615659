"""Reports as others read them: a validator, a second reader, and a printer.

usage: reports.py DEMO_FOLDER
Exits with 1 and a line for each fault.
"""

import json
import re
import subprocess
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

import openpyxl

folder = Path(sys.argv[1]) / "发件"
workbooks = sorted(folder.glob("*.xlsx"))
faults = []

if len(workbooks) < 4:
    faults.append(f"{folder}: {len(workbooks)} workbooks, expected one for each sector and the problems")

# The senders' own workbooks, marked.
returns = sorted((folder / "退回").rglob("*.xlsx"))
if not returns:
    faults.append(f"{folder}/退回: no workbook")
for workbook in returns:
    book = openpyxl.load_workbook(workbook)
    selected = [sheet.title for sheet in book.worksheets if sheet.sheet_view.tabSelected]
    # Two selected sheets are a group: what is typed into one would stand in both.
    if book.active.title != "问题清单" or selected != ["问题清单"]:
        faults.append(f"{workbook.name}: opens at {book.active.title}, selected {selected}")

# 1. A validator that carries Open XML's own schema data.
prescribed = sorted((folder / "上报").glob("*.xlsx"))
if not prescribed:
    faults.append(f"{folder}/上报: no workbook")
for workbook in workbooks + returns + prescribed:
    audit = subprocess.run(
        [Path(sys.executable).parent / "openxml-audit", workbook, "-o", "json"], capture_output=True, text=True
    )
    if audit.returncode != 0:
        faults.append(f"{workbook.name}: {audit.stdout[:2000]}{audit.stderr[:500]}")

# 2. A second reader finds the scores of results.json in the ranking sheets.
results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
shown = {}
for workbook in workbooks:
    book = openpyxl.load_workbook(workbook, data_only=True)
    cells = {
        Decimal(str(cell.value))
        for sheet in book.worksheets[:1]
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, (int, float)) and not isinstance(cell.value, bool)
    }
    shown[workbook.name] = cells
everything = set().union(*shown.values())
scores = [
    Decimal(scheme["score"])
    for check in results["checks"]
    for scheme in check.get("schemes", [])
    if scheme.get("score") is not None
]
if not scores:
    faults.append("results.json: no scores")
for score in scores:
    if score not in everything:
        faults.append(f"score {score} of results.json stands in no ranking")

# 3. Printed, no column is too narrow and no cell shows an error.
with tempfile.TemporaryDirectory() as scratch:
    for workbook in workbooks + prescribed:
        subprocess.run(
            ["soffice", "--headless", "--convert-to", "pdf", "--outdir", scratch, str(workbook)],
            check=True, capture_output=True, timeout=300,
        )
        pdf = Path(scratch) / (workbook.stem + ".pdf")
        text = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True).stdout
        if re.search(r"#{3,}", text):
            faults.append(f"{workbook.name}: a column is too narrow (###)")
        for wrong in ("#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "Err:"):
            if wrong in text:
                faults.append(f"{workbook.name}: {wrong}")

# 4. Formulas of prescribed reports: the value we wrote is the value a spreadsheet program computes.
formulas = 0
with tempfile.TemporaryDirectory() as scratch:
    for workbook in prescribed:
        subprocess.run(
            ["soffice", "--headless", "--convert-to", "xlsx", "--outdir", scratch, str(workbook)],
            check=True, capture_output=True, timeout=300,
        )
        ours = openpyxl.load_workbook(workbook, data_only=True).worksheets[0]
        theirs = openpyxl.load_workbook(Path(scratch) / workbook.name, data_only=True).worksheets[0]
        for row in openpyxl.load_workbook(workbook).worksheets[0].iter_rows():
            for cell in row:
                if not (isinstance(cell.value, str) and cell.value.startswith("=")):
                    continue
                formulas += 1
                written, computed = ours[cell.coordinate].value, theirs[cell.coordinate].value
                if written is None or Decimal(str(written)) != Decimal(str(computed)):
                    faults.append(f"{workbook.name}: {cell.coordinate} {cell.value}: {written}, computed {computed}")
if not formulas:
    faults.append(f"{folder}/上报: no formula")

for fault in faults:
    print(fault)
print(f"{len(workbooks) + len(prescribed)} workbooks, {len(scores)} scores, {formulas} formulas, {len(faults)} faults")
sys.exit(1 if faults else 0)
