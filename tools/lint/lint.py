#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks the source tree's rules: lint.py --out FOLDER [--only CHECK]

Prints each finding as file:line: message, then "lint: N checks, M findings", and
writes FOLDER/result.json. The rules are those of docs (layout, sizes, headers):
a check is a function of the file list that yields (file, line, message). All
tracked files are looked at, and new ones that git does not ignore.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 80
CFLAGS = ["-std=gnu11", "-m32", "-ffreestanding", "-fno-pie", "-mgeneral-regs-only", "-Wall",
          "-Wextra", "-Werror", "-I.", "-Iinclude"]
HOSTED = ("test/unit/", "test/fuzz/")  # headers that are for the host

# Core headers that say nothing of policy; everybody may use them.
LEAVES = ["core/types.h", "core/util.h", "core/errno.h", "core/lib.h", "core/log.h",
          "core/panic.h", "core/div64.h", "core/block.h", "core/nic.h", "core/delay.h",
          "core/net_frame.h", "core/trace.h"]

# folder: what its files may include, by prefix. The longest folder that fits counts.
ALLOWED = {
    "include/": ["include/"],
    "core/": ["core/", "arch/", "drivers/", "boot/boot_info.h", "include/"],
    "core/virtio/": ["core/virtio/", "include/"] + LEAVES,
    "arch/": ["arch/", "include/"] + LEAVES,
    "drivers/": ["drivers/", "arch/x86/io.h"] + LEAVES,
    "boot/": ["boot/", "core/main.h", "drivers/", "arch/x86/io.h", "include/"] + LEAVES,
    "guests/": ["guests/", "include/"],
    "test/guests/": ["test/guests/", "guests/", "include/"],
    "bench/": ["bench/", "guests/", "include/"],
    "test/": None,  # a test may include what it tests
    "tools/": ["tools/", "include/"],
    "tools/image/": ["core/", "boot/boot_info.h"],  # asks the hypervisor's own code
}

# Small structures an upper folder shares with a lower one, each with its reason.
EXCEPTIONS = {
    # A vector is acknowledged where it arrives, by the chip it came from: calls downwards.
    "arch/x86/interrupts.c": ("drivers/ioapic.h", "drivers/pic8259.h"),
}

FUNCTION_START = re.compile(r"^[A-Za-z_][^;={}]*\)\s*$")
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')
CONDITIONAL = re.compile(r"^\s*#\s*(if|ifdef|ifndef|elif|else)\b")
NEEDS_SPDX = re.compile(r"(\.(c|h|S|ld|lds|py|mk|sh)|(^|/)Makefile)$")
SPDX = "SPDX-License-Identifier: GPL-2.0-or-later"


def tracked_files():
    done = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                          stdout=subprocess.PIPE, check=True)
    names = sorted(set(done.stdout.decode().split("\0")) - {""})
    return [n for n in names if os.path.isfile(n)]


def read_lines(name):
    with open(name, encoding="utf-8", errors="replace") as f:
        return f.read().split("\n")


def c_files(files):
    return [f for f in files if f.endswith((".c", ".h"))]


def in_parallel(work, items):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for findings in pool.map(work, items):
            yield from findings


# Compiler-like messages: file:line:column: kind: text
MESSAGE = re.compile(r"^([^:\s]+):(\d+):(?:\d+:)?\s*(?:fatal )?(?:error|warning|style|performance"
                     r"|portability): (.*)$")


def tool_findings(name, command):
    """The first complaints of a tool about one file; a failure without any is one, too."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    matches = [MESSAGE.match(line) for line in done.stdout.decode(errors="replace").split("\n")]
    found = [(m.group(1), int(m.group(2)), m.group(3)) for m in matches if m]
    if done.returncode and not found:  # a crash, or a tool that is not there
        found = [(name, 1, f"{command[0]}: exit status {done.returncode}")]
    return found


def check_format(files):
    def one(name):
        found = tool_findings(name, ["clang-format", "--dry-run", "-Werror", name])
        return [(f, line, f"not as clang-format has it ({len(found)} places); clang-format -i {f}") for f, line, _ in found[:1]]
    yield from in_parallel(one, c_files(files))


def check_headers_alone(files):
    def one(name):
        # as test/test.mk compiles what is hosted
        flags = [f for f in CFLAGS if f not in ("-ffreestanding", "-mgeneral-regs-only")] + \
            ["-Wno-unused-parameter"] if name.startswith(HOSTED) else CFLAGS
        found = tool_findings(name, ["gcc", *flags, "-Wno-unused-function", "-fsyntax-only",
                                     "-x", "c", "-include", name, "/dev/null"])
        return [(os.path.normpath(f), line, f"does not compile alone: {text}")
                for f, line, text in found]
    yield from in_parallel(one, [f for f in files if f.endswith(".h")])


def folder_rule(name):
    fits = [folder for folder in ALLOWED if name.startswith(folder)]
    return ALLOWED[max(fits, key=len)] if fits else None


def resolve(name, target, tree):
    """The tree's file behind an include, or None for the compiler's own."""
    beside = os.path.normpath(os.path.join(os.path.dirname(name), target))
    for path in (target, "include/" + target, beside):
        if path in tree:
            return path
    return None


def include_findings(name, tree):
    rule = folder_rule(name)
    for number, line in enumerate(read_lines(name), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        path = resolve(name, match.group(2), tree)
        if path is None:
            if match.group(1) == '"' and not match.group(2).endswith(("offsets.h", "symbols.h")):
                yield name, number, f"includes {match.group(2)}, which does not exist"
        elif match.group(1) == '"' and path not in (match.group(2), "include/" + match.group(2)):
            yield name, number, f"includes {match.group(2)}; write its path from the top, {path}"
        elif path.startswith("test/") and not name.startswith("test/"):
            yield name, number, f"includes {path}; nothing outside of test/ may include test/"
        elif rule is not None and not path.startswith(tuple(rule)) \
                and path not in EXCEPTIONS.get(name, ()):
            yield name, number, f"includes {path}; allowed are {', '.join(rule)}"


def check_includes(files):
    tree = set(files)
    for name in files:
        if name.endswith((".c", ".h", ".S", ".ld")):
            yield from include_findings(name, tree)


def check_spdx(files):
    for name in files:
        if NEEDS_SPDX.search(name) and SPDX not in "\n".join(read_lines(name)[:3]):
            yield name, 1, f"no line with {SPDX} among its first three"


def check_conditionals(files):
    for name in files:
        if not name.endswith(".c"):
            continue
        for number, line in enumerate(read_lines(name), 1):
            if CONDITIONAL.match(line):
                yield name, number, f"{line.strip()}: no conditional compilation in a .c file"


def check_guards(files):
    for name in files:
        if not name.endswith(".h"):
            continue
        path = name[len("include/"):] if name.startswith("include/gatehouse/") else name
        path = path[len("gatehouse/"):] if path.startswith("gatehouse/") else path
        guard = "GATEHOUSE_" + re.sub(r"[^A-Za-z0-9]", "_", path).upper()
        if f"#ifndef {guard}" not in read_lines(name):
            yield name, 1, f"no #ifndef {guard}"


def check_file_length(files):
    for name in files:
        if NEEDS_SPDX.search(name):
            count = len(read_lines(name)) - 1
            if count > FILE_LINES_MAX:
                yield name, FILE_LINES_MAX, f"{count} lines; at most {FILE_LINES_MAX} are allowed"


def functions(name):
    """(first line, number of lines between the braces) of each function in clang-format's form."""
    start = head = None
    for number, line in enumerate(read_lines(name), 1):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start:
            yield head or start, number - start - 1
            start = head = None
        elif not start and FUNCTION_START.match(line):
            head = number


def check_function_length(files):
    for name in c_files(files):
        for number, count in functions(name):
            if count > FUNCTION_LINES_MAX:
                yield name, number, f"a function of {count} lines; at most {FUNCTION_LINES_MAX}"


def check_text(files):
    """Things no text file should have."""
    for name in files:
        with open(name, "rb") as f:
            data = f.read()
        if b"\0" in data:
            yield name, 1, "is binary; generate it at build time"
            continue
        for number, line in enumerate(data.split(b"\n"), 1):
            if line.endswith((b" ", b"\t", b"\r")):
                yield name, number, "blanks at the end of the line"
            if re.search(rb"^(<<<<<<< |>>>>>>> )", line):
                yield name, number, "a merge conflict"
        if data and not data.endswith(b"\n"):
            yield name, data.count(b"\n") + 1, "no newline at the end"


OWED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX")) + r")\b")


def check_owed(files):
    for name in files:
        if NEEDS_SPDX.search(name):
            for number, line in enumerate(read_lines(name), 1):
                if OWED.search(line):
                    yield name, number, "work left undone; do it or write an issue"


def check_scripts(files):
    """Scripts with a first line are executable, and use Debian's python."""
    for name in files:
        if not name.endswith((".py", ".sh")):
            continue
        first = read_lines(name)[0]
        if first.startswith("#!") and not os.access(name, os.X_OK):
            yield name, 1, "has a #! line and is not executable; chmod +x"
        if name.endswith(".py") and first.startswith("#!") and first != "#!/usr/bin/python3":
            yield name, 1, f"{first}: write #!/usr/bin/python3"


CPPCHECK = ["cppcheck", "--quiet", "--std=c11", "--language=c", "--platform=unix32",
            "--enable=warning,portability", "--inline-suppr", "--error-exitcode=1", "-I.",
            "-Iinclude", "-j2", "--template={file}:{line}:{column}: {severity}: {message} [{id}]",
            "--suppress=missingIncludeSystem", "--suppress=preprocessorErrorDirective",
            "--suppress=normalCheckLevelMaxBranches",
            # Own printf with the standard meaning is checked by the compiler.
            "--suppress=invalidPrintfArgType_sint", "--suppress=invalidPrintfArgType_uint",
            # Its last calls do not return.
            "--suppress=va_end_missing:test/guests/lib/test.c",
            # A physical address is a pointer here, and a linker symbol an address, on purpose.
            "--suppress=pointerOutOfBounds",
            "--suppress=intToPointerCast", "--suppress=AssignmentIntegerToAddress",
            "--suppress=AssignmentAddressToInteger", "--suppress=CastIntegerToAddressAtReturn",
            "--suppress=CastAddressToIntegerAtReturn",
            "--suppress=comparePointers", "--suppress=subtractPointers"]


def check_cppcheck(files):
    sources = [f for f in files if f.endswith(".c") and not f.startswith("test/unit/")]
    if sources and shutil.which("cppcheck"):
        yield from tool_findings("cppcheck", CPPCHECK + sources)


# As the Makefile and guests.mk compile them, as far as an analyser cares.
ANALYSED = re.compile(r"^(arch/x86|boot|core|core/virtio|drivers|guests/[^/]+)/[^/]+\.c$")
ANALYSED_FLAGS = ["-m32", "-march=i486", "-std=gnu11", "-O2", "-ffreestanding", "-fno-pie",
                  "-fno-stack-protector", "-fno-strict-aliasing", "-mgeneral-regs-only",
                  "-I.", "-Iinclude"]


def analyse(files, command):
    """What a tool says of each file that Gatehouse or its guests are made of."""
    def one(name):
        return [(os.path.relpath(f), line, text)
                for f, line, text in tool_findings(name, command(name))]
    yield from in_parallel(one, [f for f in files if ANALYSED.match(f)])


def check_gcc_analyzer(files):
    yield from analyse(files, lambda name: ["gcc", *ANALYSED_FLAGS, "-fanalyzer", "-c", "-o",
                                            "/dev/null", name])


def check_clang_tidy(files):
    """By .clang-tidy. Paths through a function are followed up to a limit, or it takes minutes."""
    limit = ["-Xclang", "-analyzer-config", "-Xclang", "max-nodes=30000"]
    yield from analyse(files, lambda name: ["clang-tidy", "--quiet", name, "--", *ANALYSED_FLAGS,
                                            *limit])


def check_mutants(files):
    """Every mutant of test/mutants.py still fits the source."""
    if "test/mutate.py" in files:
        done = subprocess.run(["test/mutate.py", "--check"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        if done.returncode:
            for line in done.stdout.decode(errors="replace").split("\n")[:-2]:
                yield "test/mutants.py", 1, line


CHECKS = collections.OrderedDict([
    ("format", check_format),
    ("headers compile alone", check_headers_alone),
    ("include direction", check_includes),
    ("include guards", check_guards),
    ("licence line", check_spdx),
    ("no #if in .c", check_conditionals),
    ("file length", check_file_length),
    ("function length", check_function_length),
    ("clean text", check_text),
    ("nothing owed", check_owed),
    ("scripts", check_scripts),
    ("cppcheck", check_cppcheck),
    ("gcc -fanalyzer", check_gcc_analyzer),
    ("clang-tidy", check_clang_tidy),
    ("mutants", check_mutants),
])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--only", choices=list(CHECKS), help="one check")
    parser.add_argument("--top", default=TOP, help="the tree to look at")
    args = parser.parse_args()
    out = os.path.abspath(args.out)
    os.makedirs(out, exist_ok=True)
    os.chdir(args.top)
    files = tracked_files()
    names = [args.only] if args.only else list(CHECKS)
    findings = {name: sorted(set(CHECKS[name](files))) for name in names}
    for name in names:
        for file, line, message in findings[name]:
            print(f"{file}:{line}: {message}")
    total = sum(len(f) for f in findings.values())
    failed = [name for name in names if findings[name]]
    with open(os.path.join(out, "result.json"), "w", encoding="utf-8") as f:
        json.dump({"suite": "lint", "passed": len(names) - len(failed), "failed": len(failed),
                   "skipped": 0, "failures": failed}, f)
    print(f"lint: {len(names)} checks on {len(files)} files, {total} findings")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
