# SPDX-License-Identifier: GPL-2.0-or-later
"""What the user wants booted: from a small file, from the command line, or from both.

A line of the file is a keyword and its words:

	title TEXT            of the entry in the menu
	timeout SECONDS       that the menu waits
	gatehouse WORD ...    the hypervisor's own words
	guest FILE WORD ... [-- WORD ...]
	initrd FILE [guest=NAME]
	disk FILE name=NAME

The last three become modules whose line is the keyword and the words. FILE is relative to the
folder of the description; @NAME is a guest that ships with Gatehouse.
"""
import difflib
import os
import re

KEYWORDS = ("title", "timeout", "gatehouse", "guest", "initrd", "disk")
MODULES = ("guest", "initrd", "disk")
LINE_MAX = 2000  # far above what Gatehouse takes, which says so itself


class Problem(Exception):
    """What the user has to change; the text says where."""


def nearest(word, known):
    """A hint, or nothing."""
    found = difflib.get_close_matches(word, known, 1)
    return f"; did you mean {found[0]}?" if found else ""


class Module:
    def __init__(self, kind, path, words, where):
        self.kind, self.path, self.words, self.where = kind, path, words, where

    def line(self):
        return " ".join([self.kind] + self.words)

    def value(self, key):
        """Of the word key=value in front of --, or None."""
        options = self.words[:self.words.index("--")] if "--" in self.words else self.words
        return next((w[len(key) + 1:] for w in options if w.startswith(key + "=")), None)


class Description:
    def __init__(self, guests_folder):
        self.title, self.timeout = "Gatehouse", 3
        self.words, self.modules = [], []
        self.guests_folder = guests_folder

    def read(self, path):
        try:
            with open(path, encoding="utf-8") as f:
                lines = f.read().replace("\\\n", " \x00").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise Problem(f"{path}: {getattr(error, 'strerror', None) or error}") from error
        number = 1
        for line in lines:
            text = re.sub(r"(^|\s)#.*", "", line.replace("\x00", "")).strip()
            if text:
                self.add(*(text.split(None, 1) + [""])[:2], os.path.dirname(path),
                         f"{path}:{number}")
            number += 1 + line.count("\x00")

    def add(self, keyword, rest, folder, where):
        """One line. where: how messages about it begin."""
        if keyword in MODULES:
            self.add_module(keyword, rest, folder, where)
        elif keyword == "gatehouse":
            self.words += checked(rest.split(), where)
        elif keyword == "title":
            checked(rest.split(), where)
            self.title = rest
        elif keyword == "timeout":
            if not rest.isdigit() or int(rest) > 3600:
                raise Problem(f'{where}: timeout takes seconds from 0 to 3600, not "{rest}"')
            self.timeout = int(rest)
        else:
            raise Problem(f'{where}: unknown keyword "{keyword}"; known are '
                          f"{', '.join(KEYWORDS)}{nearest(keyword, KEYWORDS)}")

    def add_module(self, kind, rest, folder, where):
        quoted = re.match(r'"([^"]+)"\s*(.*)', rest)
        file, words = quoted.groups() if quoted else (rest.split(None, 1) + ["", ""])[:2]
        if not file or "=" in os.path.basename(file) and not os.path.exists(os.path.join(folder, file)):
            raise Problem(f"{where}: {kind} needs a file first, as in `{kind} FILE "
                          f"{ {'guest': 'name=web mem=64M', 'initrd': 'guest=web', 'disk': 'name=scratch'}[kind]}`")
        path = self.find(file, folder, where)
        words = checked(words.split(), where)
        if kind == "initrd" and not words:
            words = self.owner_of_initrd(where)
        self.modules.append(Module(kind, path, words, where))

    def owner_of_initrd(self, where):
        """An initrd without words belongs to the guest before it."""
        guests = [m for m in self.modules if m.kind == "guest"]
        name = guests[-1].value("name") if guests else None
        if not name:
            raise Problem(f"{where}: whose initrd is it? Add guest=NAME, or put it behind a "
                          "guest with name=")
        return [f"guest={name}"]

    def find(self, file, folder, where):
        if file.startswith("@"):
            path = os.path.join(self.guests_folder, file[1:] + ".elf")
            if not os.path.isfile(path):
                known = sorted(n[:-4] for n in os.listdir(self.guests_folder)
                               if n.endswith(".elf")) if os.path.isdir(self.guests_folder) else []
                raise Problem(f"{where}: no guest {file} is shipped; there are "
                              f"{', '.join('@' + n for n in known) or 'none: run make first'}"
                              f"{nearest(file, ['@' + n for n in known])}")
            return path
        path = os.path.join(folder, file)
        if not path.isprintable():
            raise Problem(f"{where}: a file's name must be printable: {path!a}")
        if os.path.exists(path) and not os.path.isfile(path):
            raise Problem(f"{where}: {path} is no file")
        if not os.path.isfile(path):
            there = os.listdir(os.path.dirname(path) or ".") if os.path.isdir(
                os.path.dirname(path) or ".") else []
            raise Problem(f"{where}: there is no file {path}{nearest(os.path.basename(path), there)}")
        if not os.access(path, os.R_OK):
            raise Problem(f"{where}: {path} cannot be read")
        return path


def checked(words, where):
    """GRUB takes quotes and backslashes away or adds some; control characters help nobody."""
    if sum(len(w) + 1 for w in words) > LINE_MAX:
        raise Problem(f"{where}: the line has more than {LINE_MAX} characters")
    for word in words:
        if re.search(r"""['"\\]""", word):
            raise Problem(f"{where}: GRUB spoils quotes and backslashes; leave them out of {word}")
        if not word.isprintable() or not word.isascii():
            raise Problem(f"{where}: only printable ASCII characters can be handed over; {word!a}")
    return words
