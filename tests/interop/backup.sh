#!/usr/bin/env bash
# Lets the program `age` open what `ikrar backup` encrypts, and `ikrar restore` open what `age` encrypts.
set -euo pipefail
cd "$(dirname "$0")/../.."

IKRAR=${IKRAR:-target/debug/ikrar}
scratch=${1:?a folder for what is made}/backup
mkdir "${scratch}"
chmod 700 "${scratch}"
export IKRAR_DATA="${scratch}/data"

"${IKRAR}" account list
age-keygen -o "${scratch}/key" 2>/dev/null
recipient=$(age-keygen -y "${scratch}/key")

"${IKRAR}" backup "${scratch}/ours.age" --recipient "${recipient}" >/dev/null
age --decrypt --identity "${scratch}/key" --output "${scratch}/opened.zip" "${scratch}/ours.age"
python3 -c 'import sys, zipfile; sys.exit(zipfile.ZipFile(sys.argv[1]).testzip() is not None)' "${scratch}/opened.zip"

age --encrypt --recipient "${recipient}" --output "${scratch}/theirs.age" "${scratch}/opened.zip"
"${IKRAR}" restore "${scratch}/theirs.age" --identity "${scratch}/key" --data "${scratch}/restored" >/dev/null
"${IKRAR}" account list --data "${scratch}/restored"
"${IKRAR}" restore "${scratch}/opened.zip" --data "${scratch}/restored-plain" >/dev/null
echo 'backup: age opens ours, and we open what age made'
