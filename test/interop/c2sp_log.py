"""Verifies a transparency log from the C2SP documents alone: signed-note, tlog-checkpoint, tlog-tiles (and RFC 6962, 8032, 4648).

    c2sp_log.py VERIFIER_KEY FOLDER     verifies the log in a folder
    c2sp_log.py VERIFIER_KEY FOLDER -   verifies it once for each line of standard input, a JSON object that says which files are
                                        otherwise: base64, or null for a missing file, or [offset, byte] for one other byte

For each verification it prints one line of JSON: what is wrong, an empty list for nothing. It shares no code with the program that
writes the logs. Beyond C2SP, what docs/audit-format.md says of a log at rest: a checkpoint has one signature, `settled` is an
older checkpoint or the same, and there are no other files.
"""

import base64
import hashlib
import json
import os
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Wrong(Exception):
    pass


def strict_base64(text):
    raw = base64.b64decode(text.encode("ascii", "strict"), validate=True)
    if base64.b64encode(raw).decode() != text:
        raise ValueError("not canonical")
    return raw


# c2sp.org/signed-note


def key_id(name, typed_key):
    return hashlib.sha256(name.encode() + b"\n" + typed_key).digest()[:4]


def parse_verifier_key(text):
    name, identifier, encoded = text.split("+", 2)
    typed = strict_base64(encoded)
    if typed[0] != 1 or len(typed) != 33 or key_id(name, typed).hex() != identifier:
        raise Wrong("not an Ed25519 verifier key")
    return name, typed


def open_note(note, name, typed_key):
    try:
        text = note.decode("utf-8")
    except UnicodeDecodeError:
        raise Wrong("not UTF-8")
    if any(ord(c) < 0x20 and c != "\n" for c in text):
        raise Wrong("control characters")
    body, separator, signatures = text.rpartition("\n\n")
    if not separator or not signatures.endswith("\n"):
        raise Wrong("no signatures")
    body += "\n"
    lines = signatures[:-1].split("\n")
    if len(lines) != 1:
        raise Wrong("not one signature")
    parts = lines[0].split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or parts[1] != name:
        raise Wrong("not a signature of the log")
    try:
        blob = strict_base64(parts[2])
    except ValueError:
        raise Wrong("not base64")
    if blob[:4] != key_id(name, typed_key):
        raise Wrong("another key")
    try:
        Ed25519PublicKey.from_public_bytes(typed_key[1:]).verify(blob[4:], body.encode())
    except InvalidSignature:
        raise Wrong("the signature does not hold")
    return body


# c2sp.org/tlog-checkpoint


def parse_checkpoint(body, origin):
    lines = body.split("\n")
    if len(lines) < 4 or lines[-1] != "" or "" in lines[:-1] or lines[0] != origin:
        raise Wrong("not a checkpoint of this log")
    if not (lines[1].isascii() and lines[1].isdigit()) or str(int(lines[1])) != lines[1]:
        raise Wrong("not a size")
    try:
        root = strict_base64(lines[2])
    except ValueError:
        raise Wrong("not a root hash")
    if len(root) != 32:
        raise Wrong("not a root hash")
    return int(lines[1]), root


# RFC 6962, section 2.1


def leaf_hash(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def tree_hash(hashes):
    """MTH over leaves whose hashes are given."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + tree_hash(hashes[:k]) + tree_hash(hashes[k:])).digest()


# c2sp.org/tlog-tiles


def path(level, index, width):
    groups = []
    rest = index
    while True:
        groups.insert(0, "%03d" % (rest % 1000))
        rest //= 1000
        if rest == 0:
            break
    name = "/".join(["x" + group for group in groups[:-1]] + groups[-1:])
    return "tile/%s/%s%s" % (level, name, "" if width == 256 else ".p/%d" % width)


def chunks(items):
    return [items[start : start + 256] for start in range(0, len(items), 256)]


def tiles_of(leaves):
    """Every tile of a tree: name to hashes."""
    tiles = {}
    level, hashes = 0, leaves
    while hashes:
        for index, tile in enumerate(chunks(hashes)):
            tiles[path(level, index, len(tile))] = tile
        hashes = [tree_hash(tile) for tile in chunks(hashes) if len(tile) == 256]
        level += 1
    return tiles


def entries_of(bundle, width):
    """The first entries of a bundle, and whether it holds exactly so many."""
    entries, at = [], 0
    while len(entries) < width and at + 2 <= len(bundle):
        end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
        if end > len(bundle):
            break
        entries.append(bundle[at + 2 : end])
        at = end
    return entries, len(entries) == width and at == len(bundle)


class Log:
    def __init__(self, key, files):
        self.name, self.typed_key = key
        self.files = files
        self.wrong = []

    def checkpoint(self, file):
        if file not in self.files:
            raise Wrong("missing")
        return parse_checkpoint(open_note(self.files[file], self.name, self.typed_key), self.name)

    def bad(self, file):
        if file not in self.wrong:
            self.wrong.append(file)

    def verify(self):
        try:
            size, root = self.checkpoint("checkpoint")
        except Wrong:
            return ["checkpoint"]
        settled = None
        try:
            settled = self.checkpoint("settled")
        except Wrong:
            self.bad("settled")
        leaves, bundles = self.read_entries(size)
        if leaves is not None:
            self.compare(leaves, root, settled)
        needed = set(bundles) | set(needed_tiles(size)) | {"checkpoint", "settled"}
        for name in self.files:
            if name not in needed:
                self.bad(name)
        for name in needed:
            if name not in self.files:
                self.bad(name)
        return self.wrong

    def read_entries(self, size):
        leaves, names, whole = [], [], True
        for index in range((size + 255) // 256):
            width = min(256, size - index * 256)
            name = path("entries", index, width)
            names.append(name)
            entries, fits = entries_of(self.files.get(name, b""), width)
            if not fits:
                self.bad(name)
                whole = False
            leaves.append([leaf_hash(entry) for entry in entries])
            tile = self.files.get(path(0, index, width), b"")
            if b"".join(leaves[-1]) != tile:
                self.bad(name)
                self.bad(path(0, index, width))
        return (sum(leaves, []) if whole else None), names

    def compare(self, leaves, root, settled):
        tiles = tiles_of(leaves)
        if tree_hash(leaves) != root:
            self.bad("checkpoint")
        for name, hashes in tiles.items():
            if self.files.get(name) != b"".join(hashes):
                self.bad(name)
        if settled is not None:
            size, before = settled
            if size > len(leaves) or tree_hash(leaves[:size]) != before:
                self.bad("settled")


def needed_tiles(size):
    level, hashes = 0, size
    while hashes:
        for index in range((hashes + 255) // 256):
            yield path(level, index, min(256, hashes - index * 256))
        hashes //= 256
        level += 1


def read_folder(folder):
    files = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            full = os.path.join(parent, name)
            with open(full, "rb") as file:
                files[os.path.relpath(full, folder)] = file.read()
    return files


def main():
    key = parse_verifier_key(sys.argv[1])
    files = read_folder(sys.argv[2])
    if len(sys.argv) == 3:
        print(json.dumps(Log(key, files).verify()))
        return
    for line in sys.stdin:
        changed = dict(files)
        for name, encoded in json.loads(line).items():
            if encoded is None:
                changed.pop(name, None)
            elif isinstance(encoded, list):
                changed[name] = changed[name][: encoded[0]] + bytes(encoded[1:]) + changed[name][encoded[0] + 1 :]
            else:
                changed[name] = base64.b64decode(encoded)
        print(json.dumps(Log(key, changed).verify()), flush=True)


main()
