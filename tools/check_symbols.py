#!/usr/bin/python3
"""Shows from the symbols that a server cannot hold a secret key.

Server archives may neither define nor ask for anything that the client-only archive defines, nor
name a secret-key type or libtorch. So that an empty answer cannot pass, both sides must also show
the symbols that belong to them.
"""
import argparse
import re
import subprocess
import sys

SECRET = re.compile(r"\b(SecretKey\w*|KeyGenerator|Decryptor|measure_noise)\b|::secret::")
TRAINING = re.compile(r"\b(torch|at|c10)::")


def symbols(archive):
    """[(kind letter of nm, demangled name)] of an archive; definitions have letters other than U."""
    listing = subprocess.run(["nm", "-C", archive], capture_output=True, text=True, check=True)
    found = []
    for line in listing.stdout.splitlines():
        match = re.match(r"(?:[0-9a-f]+)?\s+([A-Za-z]) (.+)", line)
        if match:
            found.append(match.groups())
    return found


def strong_definitions(listed):
    """Names that only this archive can provide; inline functions and templates (W, V) are anybody's."""
    return {name for kind, name in listed if kind in "TDBR"}


def judge(server, client, server_shows, client_shows):
    """Complaints about {archive: symbols} of each side; *_shows are words each side must define."""
    problems = []
    for side, archives, words in (("server", server, server_shows), ("client", client, client_shows)):
        defined = "\n".join(n for listed in archives.values() for k, n in listed if k != "U")
        for word in words:
            if not re.search(rf"\b{re.escape(word)}\b", defined):
                problems.append(f"no {side} archive defines {word}: is this the right archive?")
    forbidden = set().union(*(strong_definitions(listed) for listed in client.values()))
    for archive, listed in server.items():
        for kind, name in listed:
            verb = "asks for" if kind == "U" else "holds"
            if SECRET.search(name) or name in forbidden:
                problems.append(f"{archive}: {verb} a secret-key symbol: {name}")
            elif TRAINING.search(name):
                problems.append(f"{archive}: {verb} a symbol of libtorch: {name}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for side in ("server", "client"):
        parser.add_argument(f"--{side}", nargs="+", required=True, help=f"archives of the {side}")
        parser.add_argument(f"--{side}-shows", nargs="+", required=True, help="words it defines")
    args = parser.parse_args()
    server = {path: symbols(path) for path in args.server}
    client = {path: symbols(path) for path in args.client}
    problems = judge(server, client, args.server_shows, args.client_shows)
    for problem in problems:
        print(f"check_symbols: {problem}", file=sys.stderr)
    if not problems:
        count = sum(len(listed) for listed in server.values())
        print(f"check_symbols: {count} symbols on the server's side, none of a secret key")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
