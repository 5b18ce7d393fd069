"""`python verify_evidence.py FILE FINGERPRINT`, a pack or a statement: needs cryptography only."""
# Exit status: 0 authentic and passed, 1 not authentic, 2 authentic but something in it failed.

import base64
import json
import sys
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile, is_zipfile

from cryptography.hazmat.primitives import serialization as keys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def signed(message: bytes, signature: bytes, public_key: bytes) -> dict:
    """Return what is signed; nothing of it is trusted before its key."""
    key = keys.load_pem_public_key(public_key)
    der = key.public_bytes(keys.Encoding.DER, keys.PublicFormat.SubjectPublicKeyInfo)
    if sha256(der).hexdigest() != sys.argv[2] or not isinstance(key, Ed25519PublicKey):
        sys.exit("NOT AUTHENTIC\nthe public key is not the one that you expect")
    key.verify(signature, message)
    return json.loads(message)


wrong = []
try:
    if is_zipfile(sys.argv[1]):
        with ZipFile(sys.argv[1]) as pack:
            names, files = pack.namelist(), {name: pack.read(name) for name in pack.namelist()}
        made = signed(*map(files.pop, ("manifest.json", "manifest.sig", "public_key.pem")))
        listed = {part["name"]: part["sha256"] for part in made["parts"]}
        hashes = {name: sha256(body).hexdigest() for name, body in files.items()}
        wrong += [f"twice in the pack: {name}" for name in {*names} if names.count(name) > 1]
        wrong += [f"missing: {name}" for name in {*listed} - {*files}]
        wrong += [f"not in the manifest: {name}" for name in {*files} - {*listed}]
        wrong += [f"altered: {n}" for n in {*files} & {*listed} if hashes[n] != listed[n]]
    else:
        given = json.loads(Path(sys.argv[1]).read_bytes())
        plain = json.dumps(given["statement"], sort_keys=True, separators=(",", ":")).encode()
        made = signed(plain, base64.b64decode(given["signature"]), given["public_key"].encode())
        made["parts"] = [{"passed": made["passed"], "shows": json.dumps(made, indent=1)}]
except Exception as error:  # noqa: BLE001 - whatever keeps a file from being read, it is not authentic
    wrong += [f"missing or damaged ({error!r})"]
if wrong:
    sys.exit("\n".join(["NOT AUTHENTIC", *sorted(wrong)]))
print(f"authentic: {made['form']}, {made['made_by']}, {made['made_at']}")
for part in made["parts"]:
    print({True: "passed", False: "FAILED", None: "stated"}[part["passed"]], " ", part["shows"])
sys.exit(2 if any(part["passed"] is False for part in made["parts"]) else 0)
