"""`python verify_evidence.py PACK.zip FINGERPRINT`: needs cryptography, nothing of ragtenancy.

Exit status: 0 authentic and passed, 1 not authentic, 2 authentic but something in it failed.
"""

import hashlib
import json
import sys
import zlib
from zipfile import BadZipFile, ZipFile

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization as keys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

OWN = {"manifest.json", "manifest.sig", "public_key.pem"}


def faults(files: dict[str, bytes], names: list[str], fingerprint: str) -> list[str]:
    """Return what keeps the pack from being authentic; nothing of it is trusted before its key."""
    if missing := OWN - files.keys():
        return [f"missing: {name}" for name in sorted(missing)]
    key = keys.load_pem_public_key(files["public_key.pem"])
    der = key.public_bytes(keys.Encoding.DER, keys.PublicFormat.SubjectPublicKeyInfo)
    if hashlib.sha256(der).hexdigest() != fingerprint or not isinstance(key, Ed25519PublicKey):
        return ["the public key is not the one that you expect"]
    key.verify(files["manifest.sig"], files["manifest.json"])
    listed = {part["name"]: part for part in json.loads(files["manifest.json"])["parts"]}
    found = [f"twice in the pack: {name}" for name in set(names) if names.count(name) > 1]
    found += [f"missing: {name}" for name in listed.keys() - files.keys()]
    found += [f"not in the manifest: {name}" for name in files.keys() - listed.keys() - OWN]
    for name in listed.keys() & files.keys():
        if hashlib.sha256(files[name]).hexdigest() != listed[name]["sha256"]:
            found.append(f"altered: {name}")
    return sorted(found)


try:
    with ZipFile(sys.argv[1]) as pack:
        content = {name: pack.read(name) for name in pack.namelist()}
        wrong = faults(content, pack.namelist(), sys.argv[2])
except (InvalidSignature, ValueError, BadZipFile, zlib.error) as error:
    wrong = [f"the signature or the file is damaged ({type(error).__name__})"]
if wrong:
    sys.exit("NOT AUTHENTIC\n" + "\n".join(wrong))
manifest = json.loads(content["manifest.json"])
print(f"authentic: {manifest['form']}, {manifest['made_by']}, {manifest['made_at']}")
for part in manifest["parts"]:
    print({True: "passed", False: "FAILED", None: "stated"}[part["passed"]], " ", part["shows"])
sys.exit(2 if any(part["passed"] is False for part in manifest["parts"]) else 0)
