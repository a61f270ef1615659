#!/bin/sh
# plugin.py -> ladders-py.wasm. Without --stub-wasi the runtime imports clocks, random numbers and files, and a
# plugin that imports anything is refused.
# Needs: pip install -r requirements.txt
set -eu
cd "$(dirname "$0")"
componentize-py -d ../../sdk/wit/v1 -w plugin componentize plugin --stub-wasi -o ladders-py.wasm
