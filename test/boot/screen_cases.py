# SPDX-License-Identifier: GPL-2.0-or-later
"""Boot cases of the screen, VGA text or framebuffer, and of the PC's keyboard."""
import os
import re
import subprocess
import time

import pages
import screen
from qemu import Guest, expect, modules

VGA = ["-vga", "std"]
MENU = """serial --unit=0 --speed=115200
set timeout=0
menuentry x {{
	multiboot2 /boot/gatehouse.elf {words}
	module2 /boot/procs.elf guest name=procs mem=8M
	module2 /boot/hello.elf guest name=hello mem=4M -- stay
	module2 /boot/echo.elf guest name=echo mem=4M
	{mode}
}}
"""
# What the machine is to show in GRUB's words, as the log names it, and its characters.
MODES = {
    "auto": ("", r"\d+ x \d+ pixels of (?:24|32) bits"),
    "32": ("set gfxpayload=1024x768x32", "1024 x 768 pixels of 32 bits"),
    "24": ("set gfxpayload=800x600x24", "800 x 600 pixels of 24 bits"),
    "16": ("set gfxpayload=1152x864x16", "1152 x 864 pixels of 16 bits"),
    "15": ("set gfxpayload=640x480x15", "640 x 480 pixels of 15 bits"),
}
# QEMU's names of keys, for characters that are not their own.
KEYS = {" ": "spc", "\r": "ret", "]": "bracket_right", "-": "minus", ".": "dot"}


def image(c, name, mode, words=""):
    """A bootable image whose machine shows that mode; its path."""
    folder = os.path.join(c.build, "boot", "media", "screen-" + name)
    os.makedirs(folder, exist_ok=True)
    menu, out = os.path.join(folder, "menu"), os.path.join(folder, "image.iso")
    with open(menu, "w", encoding="utf-8") as f:
        f.write(MENU.format(words=words, mode=mode))
    subprocess.run(["tools/iso/make_iso.py", out, menu, os.path.join(c.build, "gatehouse.elf")] +
                   [os.path.join(c.build, "guests", g + ".elf") for g in ("procs", "hello", "echo")],
                   check=True)
    return out


def key(m, name):
    m.execute("human-monitor-command", **{"command-line": "sendkey " + name})
    time.sleep(0.12)  # QEMU holds a key for 100 ms


def press(m, text):
    for c in text:
        key(m, KEYS.get(c, "shift-" + c.lower() if c.isupper() else c))


def settle(m, read):
    """The screen, once it no longer changes."""
    last = None
    for _ in range(100):
        time.sleep(0.1)
        now = read(m)
        if now == last:
            return now
        last = now
    expect(False, "the screen never stops changing")


def vga_rows(m):
    return ["".join(char for char, _ in row) for row in screen.vga_cells(m)]


def picture_rows(m):
    return screen.picture(m).text()


def wait_until_quiet(m):
    """Its last words and the note of its end may come in either order."""
    before, ends = m.seen, []
    for pattern in (r"procs\| procs: round 1[^\n]*\n", r'guest "procs": powered off[^\n]*\n'):
        m.seen = before
        m.wait_for(pattern)
        ends.append(m.seen)
    m.seen = max(ends)


def text_mode(c):
    """VGA text memory holds the end of the log, after scrolling; the cursor is at the end."""
    guests = [c.guest("procs", mem="8M"), c.guest("hello", mem="4M", cmdline="stay")]
    with c.machine(modules(c.build, guests, "") + VGA) as m:
        m.wait_for(r"screen: 80 x 25 characters, VGA text")
        wait_until_quiet(m)
        rows = settle(m, vga_rows)
        screen.expect_end_of_log(rows, 80, m.log)
        cells = screen.vga_cells(m)
        inverse = [(x, y) for y, row in enumerate(cells) for x, cell in enumerate(row)
                   if cell[1] == 0x70]
        expect(inverse == [(0, 24)], f"the cursor is at {inverse}")
        shown = screen.picture(m)
        expect((shown.width, shown.height) == (720, 400), "this is not the text mode")


def framebuffer(mode):
    """GRUB's mode: each cell of the picture, read by the font, holds the end of the log."""
    def case(c):
        grub, pattern = MODES[mode]
        with c.machine(["-cdrom", image(c, mode, grub)] + VGA) as m:
            found = m.wait_for(rf"screen: (\d+) x (\d+) characters on {pattern}")
            columns, rows = int(found.group(1)), int(found.group(2))
            wait_until_quiet(m)
            shown = settle(m, picture_rows)
            expect(len(shown) == rows and len(shown[0]) == columns,
                   f"the log says {columns} x {rows}, the picture has {len(shown[0])} x {len(shown)}")
            screen.expect_end_of_log(shown, columns, m.log)
    return case


def framebuffer_pages(c):
    """The framebuffer is in the host's tables, not executable, and in no guest's (I1, I2)."""
    sym = pages.symbols(c.build)
    seen = set()
    path = image(c, "pages", "set gfxpayload=1024x768x32")
    with c.machine(["-cdrom", path, "-cpu", "max"] + VGA) as m:
        base = int(m.wait_for(r"32 bits at 0x([0-9a-f]{8})").group(1), 16)
        m.wait_for(r"echo\| ")
        rams = {name.decode(): (int(at, 16), int(mib) << 20) for name, mib, at in
                re.findall(rb'guest "([^"]+)": started, (\d+) MiB at 0x([0-9a-f]{8})', m.raw)}
        end = time.monotonic() + 60
        while seen != {"host", "guest"} and time.monotonic() < end:
            m.execute("stop")
            cpu = pages.Processor(m)
            if cpu.ring:
                pages.check_guest(pages.read(m), sym, rams)
                seen.add("guest")
            elif cpu.is_halted:
                # 2 MiB pages: what lies around it is mapped, too
                pages.check_host(pages.read(m), sym, range(base, base + (4 << 20), 2 << 20))
                seen.add("host")
            m.execute("cont")
            time.sleep(0.011)
    expect(seen == {"host", "guest"}, f"the tables were seen of {seen} only")


def vga_off(c):
    """vga=off: the screen stays as it was, and nobody reads the keyboard."""
    with c.machine(modules(c.build, [c.guest("hello", cmdline="stay")], "vga=off") + VGA) as m:
        before = vga_rows(m)
        m.wait_for(r"staying")
        expect(vga_rows(m) == before or "Gatehouse" not in "".join(vga_rows(m)), "it is written")
        expect(b"screen:" not in m.raw and b"keyboard:" not in m.raw, "screen or keyboard is used")


def keyboard(c, words="", machine=()):
    """Keys reach the guest in focus; escape key and m, the monitor; all is on the screen."""
    guests = [c.guest("hello", mem="4M", cmdline="stay"),
              Guest(os.path.join(c.build, "guests/echo.elf"), "one", mem="4M")]
    with c.machine(modules(c.build, guests, words) + VGA + list(machine)) as m:
        m.wait_for(r"keyboard: PS/2, US layout")
        m.wait_for(r"one\| .*quit")
        key(m, "ctrl-bracket_right")
        press(m, "2")
        press(m, "Good morning 2x")
        for name in ("backspace", "caps_lock", "y", "caps_lock", "left", "f1", "alt-a", "ret"):
            key(m, name)
        m.wait_for("one\\| you said: Good morning 2x\x7fY\x1b\\[D\x1bOP\x1ba\r")
        m.type("and by the line\r")
        m.wait_for(r"one\| you said: and by the line\r")
        key(m, "ctrl-bracket_right")
        press(m, "m")
        press(m, "list\r")
        m.wait_for(r"gatehouse> list")
        rows = settle(m, vga_rows)
        expect(any(re.match(r"gatehouse> list", row) for row in rows), f"not shown: {rows}")
        expect(any("one" in row and "hello" not in row for row in rows), "no guest is listed")


def keyboard_case(*machine, words=""):
    def case(c):
        keyboard(c, words, machine)
    return case


def keyboard_without_screen(c):
    """keyboard=on: without a screen, too; keyboard=off: not even with one."""
    guests = [Guest(os.path.join(c.build, "guests/echo.elf"), "one", mem="4M")]
    with c.machine(modules(c.build, guests, "keyboard=on")) as m:
        m.wait_for(r"keyboard: PS/2")
        m.wait_for(r"one\| .*quit")
        press(m, "abc\r")
        m.wait_for(r"one\| you said: abc")
    with c.machine(modules(c.build, guests, "keyboard=off") + VGA) as m:
        m.wait_for(r"one\| .*quit")
        press(m, "abc\r")
        m.type("def\r")
        m.wait_for(r"one\| you said: def")
        expect(b"keyboard:" not in m.raw and b"abc" not in m.raw, "it is read all the same")


def keyboard_absent(c):
    """A machine without the controller: keyboard=on finds none, everything else goes on."""
    with c.machine(modules(c.build, [c.guest("hello", cmdline="stay")], "keyboard=on") +
                   ["-M", "pc,i8042=off"]) as m:
        m.wait_for(r"staying")
        expect(b"keyboard:" not in m.raw, "a keyboard is found")


def panic_on_screen(c):
    """A panic is on the screen, to its last line."""
    with c.machine(["-cdrom", image(c, "panic", "set gfxpayload=1024x768x32", "crash=ud")] +
                   VGA) as m:
        m.wait_for(r"halted; reset the machine")
        shown = settle(m, picture_rows)
        screen.expect_end_of_log(shown, 128, m.log)


CASES = {
    "screen_text": text_mode,
    **{f"screen_{mode}": framebuffer(mode) for mode in MODES},
    "screen_pages": framebuffer_pages,
    "screen_off": vga_off,
    "screen_panic": panic_on_screen,
    "keyboard": keyboard,
    "keyboard_8259": keyboard_case(words="ioapic=off"),
    "keyboard_q35": keyboard_case("-M", "q35"),
    "keyboard_absent": keyboard_absent,
    "keyboard_words": keyboard_without_screen,
}
