# SPDX-License-Identifier: GPL-2.0-or-later
"""tools/gatehouse-image: what it reads, what it says, and that what it makes is always the same."""
import bz2
import gzip
import lzma
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("GATEHOUSE_BUILD", os.path.join(TOP, "build"))
TOOL = os.path.join(TOP, "tools/gatehouse-image")
sys.path[:0] = [os.path.join(TOP, "tools/image"), os.path.join(TOP, "tools/iso")]
import description  # pylint: disable=wrong-import-position
import kernel       # pylint: disable=wrong-import-position
import make_iso     # pylint: disable=wrong-import-position

CONFIG = ("LGUEST_GUEST", "VIRTIO_CONSOLE", "BLK_DEV_INITRD", "RD_GZIP", "X86_PAE")
TEXT = b"Linux version 3.11.10 (x@y) #1\n" + bytes(64)
MARK = b"\1lguest_clockevent_set_next_event: small delta\0lguest\0"


def lz4(data):
    """Blocks of nothing but literals, but for a match of 20 bytes at the end."""
    def literals(count):
        return bytes([15 << 4 | 15]) + b"\xff" * ((count - 15) // 255) + bytes([(count - 15) % 255])
    block = literals(len(data)) + data + struct.pack("<HB", 4, 20 - 4 - 15) + b"\0"
    return b"\x02\x21\x4c\x18" + struct.pack("<I", len(block)) + block


PACK = {
    "gzip": gzip.compress, "bzip2": bz2.compress, "lz4": lz4,
    "xz": lambda d: lzma.compress(d, lzma.FORMAT_XZ),
    "lzma": lambda d: lzma.compress(d, lzma.FORMAT_ALONE),
}


def embedded(options):
    text = "".join(f"CONFIG_{o}=y\n" for o in options) + "# CONFIG_RD_XZ is not set\n"
    return b"IKCFG_ST" + gzip.compress(text.encode()) + b"IKCFG_ED"


def bzimage(image, pack="gzip", version=0x20C):
    """As much of one as is looked at."""
    packed = PACK[pack](image) if pack in PACK else image
    body = (b"\x90" * 64 + packed).ljust(1024, b"\0")
    body += bytes(-len(body) % 16)
    head = bytearray(1024)
    head[0x1F1], head[0x1FE:0x200], head[0x202:0x206] = 1, b"\x55\xaa", b"HdrS"
    struct.pack_into("<I", head, 0x1F4, len(body) // 16)
    struct.pack_into("<H", head, 0x206, version)
    head[0x211] = 1
    struct.pack_into("<I", head, 0x214, 0x100000)
    struct.pack_into("<II", head, 0x248, 64, len(packed))
    struct.pack_into("<I", head, 0x260, 0x100000)
    return bytes(head) + body


class ToolTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, data):
        path = os.path.join(self.folder.name, name)
        with open(path, "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        return path

    def tool(self, *words):
        done = subprocess.run([TOOL, "--build", BUILD, *words], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False, text=True)
        self.assertNotIn("Traceback", done.stderr)
        return done.returncode, done.stdout, done.stderr

    def passes(self, *words):
        status, out, err = self.tool("--check", *words)
        self.assertEqual((status, err), (0, ""))
        return out

    def fails(self, pattern, *words):
        status, _, err = self.tool("--check", *words)
        self.assertEqual(status, 1, err)
        self.assertRegex(err, pattern)


class Reading(ToolTest):
    def read(self, text):
        d = description.Description(os.path.join(BUILD, "guests"))
        d.read(self.file("machine.conf", text))
        return d

    def refused(self, text, pattern):
        with self.assertRaisesRegex(description.Problem, pattern):
            self.read(text)

    def test_a_description(self):
        self.file("rd one", b"07070")
        d = self.read("# a comment\ntitle Two\ntimeout 0\ngatehouse log=debug\n"
                      "gatehouse on-idle=reboot # why\nguest @hello name=a \\\n  mem=4M -- x=y -- #z\n"
                      'initrd "rd one"\ndisk machine.conf name=d\n')
        self.assertEqual((d.title, d.timeout), ("Two", 0))
        self.assertEqual(d.words, ["log=debug", "on-idle=reboot"])
        self.assertEqual([m.line() for m in d.modules],
                         ["guest name=a mem=4M -- x=y --", "initrd guest=a", "disk name=d"])
        self.assertTrue(d.modules[1].where.endswith("machine.conf:8"))

    def test_mistakes_name_their_line_and_what_is_near(self):
        self.refused("\nguset @hello", r"machine.conf:2: unknown keyword .guset.*mean guest\?")
        self.refused("guest @helo", "no guest @helo is shipped; .*@clock.*mean @hello")
        self.refused("guest machine.con", "no file .*; did you mean machine.conf")
        self.refused("guest name=web", "guest needs a file first, as in")
        self.refused("initrd machine.conf", "whose initrd is it")
        self.refused("timeout soon", 'seconds from 0 to 3600, not "soon"')
        self.refused("title it's", "leave them out")
        self.refused("gatehouse a='b'", "GRUB spoils quotes")
        self.refused("gatehouse " + 500 * "test ", "more than 2000 characters")
        self.refused("gatehouse \u00e4", "printable ASCII")

    def test_what_is_no_file_is_neither_read_nor_replaced(self):
        pipe = os.path.join(self.folder.name, "pipe")
        os.mkfifo(pipe)
        self.fails(r"/pipe is no file$", "--guest", f"{pipe} name=a mem=4M")
        for out in (pipe, self.folder.name):
            status, _, err = self.tool("-o", out, "--guest", "@hello name=a mem=4M")
            self.assertEqual(status, 1)
            self.assertIn(f"{out} is no file; an image is made as a file", err)
        self.assertEqual(os.listdir(self.folder.name), ["pipe"])
        self.assertFalse(os.path.isfile(pipe))

    def test_any_printable_name(self):
        with open(os.path.join(BUILD, "guests/hello.elf"), "rb") as f:
            guest = self.file("a b,c=d; e=", f.read())
        status, _, err = self.tool("--folder", os.path.join(self.folder.name, "x=y z"), "--guest",
                                   f'"{guest}" name=a mem=4M')
        self.assertEqual((status, err), (0, ""))

    def test_an_interrupt_from_the_keyboard(self):
        fake = self.file("qemu", "#!/bin/sh\nkill -INT $PPID\nsleep 9\n")
        os.chmod(fake, 0o755)
        done = subprocess.run([TOOL, "--build", BUILD, "--run", "--guest", "@hello name=a mem=4M"],
                              env=dict(os.environ, QEMU=fake), stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, check=False, text=True,
                              # what runs in the background of a script ignores it
                              preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        self.assertEqual((done.returncode, done.stderr), (130, ""))

    def test_nothing_there(self):
        status, _, err = self.tool("--check", "/nowhere/x")
        self.assertEqual(status, 1)
        self.assertIn("/nowhere/x: No such file", err)

    def test_options(self):
        self.assertEqual(self.tool("--chek")[0], 2)
        self.assertIn("did you mean --check?", self.tool("--chek")[2])
        self.assertIn('"many" is no size', self.tool("--ram", "many")[2])
        self.assertIn("no folder /no/where", self.tool("-o", "/no/where/x.iso", "--guest", "@hello")[2])
        self.assertIn("nothing to make", self.tool("--guest", "@hello")[2])
        self.assertIn("needs --run", self.tool("--check", "--", "-m")[2])


class Judging(ToolTest):
    def test_good(self):
        out = self.passes("--guest", "@hello name=h mem=4M")
        self.assertRegex(out, "memory: of 256 MiB 25[0-9] are free for guests, 24[0-9] stay free")

    def test_what_the_hypervisor_says(self):
        self.fails(r'hypervisor command line: unknown word "men=3"', "--words", "men=3",
                   "--guest", "@hello")
        self.fails(r'"on-idle=powerof" is not allowed; .* did you mean poweroff\?',
                   "--words", "on-idle=powerof", "--guest", "@hello")
        self.fails(r'guest "h": unknown word "nme=x"; .* did you mean name=\?', "--guest",
                   "@hello name=h nme=x")
        self.fails("another guest has this name", "--guest", "@hello name=h", "--guest",
                   "@clock name=h")
        self.fails("no module line starts a guest of this name", "--guest", "@hello", "--initrd",
                   f"{TOOL} guest=web")
        self.fails('there is no disk "data"', "--guest", "@hello name=h disk=data")
        self.fails("no guest: name one", "--words", "log=debug")
        self.fails("may have at most 1023 characters", "--guest", "@hello -- " + "x" * 1100)

    def test_memory(self):
        self.fails(r'guest "b": no 140816 KiB of memory in one piece', "--guest",
                   "@hello name=a mem=128M", "--guest", "@hello name=b mem=134M")
        self.passes("--ram", "512M", "--guest", "@hello name=a mem=128M", "--guest",
                    "@hello name=b mem=134M")
        initrd = self.file("rd", b"07070" + bytes(3 << 20))
        self.fails("its initrd of 3072 KiB does not fit into mem=3M", "--guest",
                   "@hello name=a mem=3M", "--initrd", initrd)
        self.fails("devices and snapshots", "--guest",
                   "@hello name=a mem=64M disk=hd0,snapshot=512M")

    def test_what_is_no_kernel(self):
        self.fails("is gzip-compressed; unpack it", "--guest",
                   self.file("k", gzip.compress(b"x" * 999)))
        self.fails("the file is empty", "--guest", self.file("k", b""))
        self.fails("no known format", "--guest", self.file("k", b"hello, world"))


class Kernels(ToolTest):
    def judged(self, data, *more):
        path = self.file("bzImage", data)
        status, out, err = self.tool("--check", "--guest", f"{path} name=web mem=32M -- root=x",
                                     *more)
        return status, out + err

    def test_every_packing(self):
        image = os.urandom(300) + TEXT + embedded(CONFIG)
        for pack in PACK:
            status, text = self.judged(bzimage(image, pack))
            self.assertEqual((pack, status), (pack, 0), text)
            self.assertIn("Linux 3.11.10, PAE;", text)
            self.assertIn("has lguest support: its embedded configuration says so", text)

    def test_what_cannot_be_unpacked(self):
        for head, what in ((b"\x89LZO\0", "packed with lzo"), (b"\x28\xb5\x2f\xfd", "with zstd"),
                           (b"????", "packed is unknown"), (b"\x1f\x8b\x08junk", "and damaged")):
            status, text = self.judged(bzimage(head * 20, None))
            self.assertEqual(status, 0)
            self.assertRegex(text, "could not be told: .*" + what)
        status, text = self.judged(bzimage(b"x" * 99, None, 0x207))
        self.assertIn("boot protocol 2.07 does not say where", text)

    def test_no_lguest(self):
        status, text = self.judged(bzimage(TEXT + embedded(["X86_PAE"])))
        self.assertEqual(status, 1)
        self.assertIn("Linux 3.11.10 has no lguest support (its embedded configuration says so)", text)
        status, text = self.judged(bzimage(TEXT))
        self.assertEqual(status, 1)
        self.assertIn("looked for in it and not found); it needs CONFIG_LGUEST_GUEST=y", text)

    def test_without_a_configuration(self):
        status, text = self.judged(bzimage(TEXT + MARK + b"non-PAE kernel!"))
        self.assertEqual(status, 0)
        self.assertIn("Linux 3.11.10, without PAE", text)
        self.assertIn("guest side was looked for in it and found", text)
        status, text = self.judged(bzimage(TEXT + b"lguest\0"))
        self.assertEqual(status, 0)
        self.assertIn("support is doubtful", text)
        self.assertIn("PAE or not unknown", text)

    def test_missing_drivers(self):
        path = self.file("bzImage", bzimage(TEXT + embedded(CONFIG)))
        _, _, err = self.tool("--check", "--guest", f"{path} mem=32M disk=hd0 net=lan")
        for option in ("VIRTIO_BLK", "VIRTIO_NET"):
            self.assertIn(f"without CONFIG_{option}", err)
        self.assertNotIn("VIRTIO_CONSOLE", err)
        self.assertNotIn("VIRTIO_PCI", err)
        self.assertIn("neither an initrd nor root=", err)

    def test_initrds(self):
        data = bzimage(TEXT + embedded(CONFIG))
        for content, status, pattern in (
                (gzip.compress(b"07070"), 0, ""), (b"070701...", 0, ""),
                (lzma.compress(b"07070"), 1, r"packed with xz; its kernel can unpack gzip \(CONFIG_RD_XZ"),
                (b"rootfs", 0, "neither a cpio archive nor")):
            done, text = self.judged(data, "--initrd", self.file("rd", content))
            self.assertEqual(done, status, text)
            self.assertRegex(text, pattern or "has lguest support")

    def test_damage_is_survived(self):
        data = bytearray(bzimage(TEXT + embedded(CONFIG), "lz4"))
        for at in range(0x1F0, len(data), 7):
            old, data[at] = data[at], data[at] ^ 0xFF
            kernel.Kernel(bytes(data))
            data[at] = old
        for size in range(0, len(data), 37):
            kernel.Kernel(bytes(data[:size]))


class Making(ToolTest):
    def test_the_same_input_gives_the_same_image(self):
        made = []
        for zone, mask in (("UTC", 0o022), ("Asia/Tokyo", 0o077)):
            os.makedirs(os.path.join(self.folder.name, zone))
            path = self.file(f"{zone}/data", b"x" * 700)
            os.utime(path, (1e9, 1e9) if made else None)
            os.chmod(path, 0o755 if made else 0o600)
            out = os.path.join(self.folder.name, zone, "o.iso")
            old = os.umask(mask)
            done = subprocess.run([TOOL, "--build", BUILD, "-o", out, "--guest", "@hello mem=4M",
                                   "--ramdisk", f"{path} name=d"], env=dict(os.environ, TZ=zone),
                                  stdout=subprocess.PIPE, check=False)
            os.umask(old)
            self.assertEqual(done.returncode, 0)
            with open(out, "rb") as f:
                made.append(f.read())
        self.assertEqual(zlib.crc32(made[0]), zlib.crc32(made[1]))
        self.assertEqual(made[0], made[1])

    def test_no_folder_is_in_what_is_built(self):
        for name in ("gatehouse.elf", "guests/hello.elf", "stripped/gatehouse.elf"):
            with open(os.path.join(BUILD, name), "rb") as f:
                self.assertFalse(re.search(re.escape(TOP.encode()) + rb"[/\0]", f.read()), name)

    def test_the_shipped_image_is_small(self):
        path = os.path.join(BUILD, "gatehouse.iso")
        if not os.path.isfile(path):
            self.skipTest("make iso has not been run")
        self.assertLess(os.path.getsize(path), 8000000)

    def test_the_shipped_menu_is_right(self):
        """Each entry is judged as a description would be."""
        with open(os.path.join(TOP, "tools/iso/grub.cfg"), encoding="utf-8") as f:
            entries = re.findall(r"^menuentry.*?^}", f.read(), re.MULTILINE | re.DOTALL)
        self.assertGreater(len(entries), 5)
        for entry in entries:
            lines = []
            for path, line in re.findall(r"module2 /boot/(\S+) (.*)", entry):
                kind, words = line.split(None, 1)
                path = TOOL if path.endswith(".img") else os.path.join(
                    BUILD, "test/guests" if path.startswith("tests/") else "guests",
                    os.path.basename(path))
                lines.append(f"{kind} {path} {words}")
            words = re.search(r"multiboot2 /boot/gatehouse.elf ?(.*)", entry)[1]
            if all(os.path.isfile(line.split()[1]) for line in lines):
                out = self.passes(self.file("entry", "\n".join(lines + [f"gatehouse {words}"])))
                self.assertEqual(out.count('guest "'), entry.count(" guest "))

    def test_folders(self):
        folder = os.path.join(self.folder.name, "net")
        for _ in range(2):  # again over what is there
            status, _, err = self.tool("--network-boot", folder, "--guest", "@hello name=h mem=4M")
            self.assertEqual((status, err), (0, ""))
        names = set(os.listdir(folder))
        self.assertLessEqual({"boot", "boot.ipxe", "README", "gatehouse-bios.0"}, names)
        with open(os.path.join(folder, "boot.ipxe"), encoding="utf-8") as f:
            self.assertIn("module boot/m01/hello.elf guest name=h mem=4M\n", f.read())
        self.file("mine", b"x")
        status, _, err = self.tool("--folder", self.folder.name, "--guest", "@hello")
        self.assertEqual(status, 1)
        self.assertIn("is not empty", err)
        self.assertTrue(os.path.isfile(os.path.join(self.folder.name, "mine")))

    def test_the_menu_for_our_own_loader(self):
        os.makedirs(os.path.join(self.folder.name, "EFI/BOOT"))
        menu = ("set timeout=7\nset default=1\nmenuentry \"A's\" --hotkey=a {\n"
                "\tmultiboot2 /boot/gatehouse.elf\n\ttext_screen\n}\nmenuentry 'B' {\n"
                "\tmultiboot2 /boot/gatehouse.elf 'log=debug'\n\tmodule2 /boot/m 'guest' 'name=b'\n}\n")
        make_iso.own_loader(self.folder.name, menu, [self.file("BOOTX64.EFI", b"MZ")])
        with open(os.path.join(self.folder.name, "gatehouse/gatehouse.cfg"), encoding="utf-8") as f:
            self.assertEqual(f.read().split("\n"), [
                "timeout 7", "default 2", "entry A's", "hypervisor /boot/gatehouse.elf", "entry B",
                "hypervisor /boot/gatehouse.elf log=debug", "module /boot/m guest name=b", ""])
        self.assertEqual(os.listdir(os.path.join(self.folder.name, "EFI/BOOT")), ["BOOTX64.EFI"])

    def test_a_missing_tool_is_named(self):
        with self.assertRaisesRegex(make_iso.Failed, "there is no nosuchtool; `tools/setup run`"):
            make_iso.run(["nosuchtool"])

    def test_the_manual_page(self):
        page = os.path.join(TOP, "man/gatehouse-image.1")
        done = subprocess.run(["man", "--warnings", "-l", "-Tutf8", page], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False, env=dict(os.environ, LC_ALL="C.UTF-8"))
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        with open(page, encoding="utf-8") as f:
            text = f.read().replace("\\-", "-")
        for option in re.findall(r"(--[a-z-]+)", self.tool("--help")[1]):
            if option not in ("--help",):
                self.assertIn(option, text)


if __name__ == "__main__":
    unittest.main()
