"""Filled forms as others read them: a validator, a spreadsheet program that computes, a printer.

usage: forms.py ANPING_PROGRAM
Exits with 1 and a line for each fault.
"""

import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path

import openpyxl

program = Path(sys.argv[1]).resolve()
root = Path(__file__).resolve().parent.parent
audit = Path(sys.executable).parent / "openxml-audit"
faults = []
n_forms = n_formulas = 0


def errors(workbook):
    """What the validator says, so that what the form already had is not counted."""
    ran = subprocess.run([audit, workbook, "-o", "json"], capture_output=True, text=True)
    found = [one for report in json.loads(ran.stdout) for one in report["errors"] if one["severity"] == "error"]
    return Counter((one["part_uri"], one["path"], one["description"]) for one in found)


def without_results(before, after):
    """Without results a spreadsheet program has to compute them."""
    with zipfile.ZipFile(before) as old, zipfile.ZipFile(after, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            if name.startswith("xl/worksheets/sheet"):
                text = data.decode("utf-8")
                text = re.sub(r"(</f>|<f[^>]*/>)<v>[^<]*</v>", r"\1", text)
                data = text.encode("utf-8")
            new.writestr(name, data)


with tempfile.TemporaryDirectory() as scratch:
    scratch = Path(scratch)
    for facts in sorted((root / "tests/expected/forms/facts").glob("*.json")):
        spec = root / "templates/report" / facts.stem
        form = next(spec.glob("*.xlsx"))
        filled = scratch / f"{facts.stem}.xlsx"
        ran = subprocess.run(
            [program, "form", "fill", form, "--spec", spec, "--facts", facts, "-o", filled],
            capture_output=True, text=True,
        )
        if ran.returncode != 0:
            faults.append(f"{facts.stem}: {ran.stderr}")
            continue
        n_forms += 1
        # What the authority's own form already has is not ours to repair.
        new = errors(filled) - errors(form)
        if new:
            faults.append(f"{facts.stem}: {list(new)[:5]}")
        bare = scratch / "bare" / filled.name
        bare.parent.mkdir(exist_ok=True)
        without_results(filled, bare)
        for what, target in (("xlsx", scratch / "computed"), ("pdf", scratch)):
            subprocess.run(
                ["soffice", "--headless", "--convert-to", what, "--outdir", target, bare if what == "xlsx" else filled],
                check=True, capture_output=True, timeout=300,
            )
        formulas = openpyxl.load_workbook(filled).active
        ours = openpyxl.load_workbook(filled, data_only=True).active
        theirs = openpyxl.load_workbook(scratch / "computed" / filled.name, data_only=True).active
        for row in formulas.iter_rows():
            for cell in row:
                if isinstance(cell.value, str) and cell.value.startswith("=") and cell.data_type == "f":
                    n_formulas += 1
                    one, other = ours[cell.coordinate].value, theirs[cell.coordinate].value
                    if one is not None and one != other:
                        faults.append(f"{facts.stem} {cell.coordinate}: wrote {one!r}, computes to {other!r}")
        pdf = subprocess.run(
            ["pdftotext", "-layout", scratch / f"{facts.stem}.pdf", "-"], check=True, capture_output=True, text=True
        ).stdout
        for wrong in ("###", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "Err:"):
            if wrong in pdf:
                faults.append(f"{facts.stem}: {wrong}")

if n_forms < 3 or n_formulas < 14:
    faults.append(f"{n_forms} forms with {n_formulas} formulas: expected three forms with 14")
for fault in faults:
    print(fault)
print(f"{n_forms} forms, {n_formulas} formulas, {len(faults)} faults")
sys.exit(1 if faults else 0)
