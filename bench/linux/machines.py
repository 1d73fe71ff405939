# SPDX-License-Identifier: GPL-2.0-or-later
"""The machines the Linux benchmark runs on: an initramfs, and QEMU's command lines."""
import glob
import os
import re
import socket
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
ICOUNT = ["-icount", "shift=0,sleep=off"]
DISK_BYTES = 8 << 20
PM_TIMER = 0x608          # where SeaBIOS puts the PIIX4's (QEMU's -M pc)
PM_TIMER_HZ = 3579545     # ACPI 4.8.2.1; 24 bits


def newc(name, mode, data=b"", device=(0, 0), inode=[0]):  # pylint: disable=dangerous-default-value
    """One member of an initramfs (the kernel's Documentation/early-userspace/buffer-format.txt)."""
    inode[0] += 1
    fields = [inode[0], mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return head + b"\0" * (-len(head) % 4) + data + b"\0" * (-len(data) % 4)


def initramfs(program):
    return (newc("dev", 0o040755) + newc("dev/console", 0o020600, device=(5, 1)) +
            newc("dev/null", 0o020666, device=(1, 3)) + newc("init", 0o100755, program) +
            newc("TRAILER!!!", 0))


def build(out):
    """Compiles linux_bench; returns the initramfs and the RAM disk."""
    program = os.path.join(out, "linux_bench")
    subprocess.run(["gcc", "-m32", "-march=i686", "-O2", "-static", "-Wall", "-Wextra", "-Werror",
                    "-I", TOP, "-o", program] + sorted(glob.glob(os.path.join(HERE, "*.c"))), check=True)
    initrd, disk = os.path.join(out, "linux_bench.cpio"), os.path.join(out, "ramdisk.img")
    with open(program, "rb") as f:
        archive = initramfs(f.read())
    with open(initrd, "wb") as f:
        f.write(archive)
    with open(disk, "wb") as f:
        f.truncate(DISK_BYTES)
    return initrd, disk


def escaped(text):
    return text.replace(",", ",,")


def _qemu(args, mib, words):
    return [args.qemu, "-m", str(mib), "-nic", "none", "-display", "none", "-no-reboot",
            "-serial", "stdio"] + words


def _disk(n):
    """A disk that costs the host nothing: reads give zeros, what is written is forgotten."""
    return ["-drive", f"driver=null-co,read-zeroes=on,size={DISK_BYTES},if=none,id=d{n}",
            "-device", f"virtio-blk-pci,drive=d{n}"]


def _card(n, backend):
    return ["-netdev", f"{backend},id=n{n}", "-device",
            f"virtio-net-pci,netdev=n{n},mac=02:00:00:00:00:{n + 1:02x}"]


def native(args, files, extra=""):
    """The kernel alone. Its two cards are on one wire, its two disks QEMU's."""
    return _qemu(args, args.mem, ["-kernel", args.kernel, "-initrd", files[0], "-append",
                                  f"console=ttyS0 quiet tsc=reliable {args.cmdline} {extra}"] +
                 _disk(0) + _disk(1) + _card(0, "hubport,hubid=0") + _card(1, "hubport,hubid=0"))


def native_pair(args, files, extra):
    """Two machines with a wire between them: ([the peer's command], the other one's)."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    line = f"console=ttyS0 quiet {args.cmdline} "
    boot = ["-kernel", args.kernel, "-initrd", files[0], "-append"]
    return [[_qemu(args, args.mem, boot + [line + "BENCH=peer"] +
                   _card(1, f"socket,listen=127.0.0.1:{port}"))],
            _qemu(args, args.mem, boot + [line + extra] +
                  _card(0, f"socket,connect=127.0.0.1:{port}"))]


def _guest_lines(args, files, name, words, extra):
    cmdline = escaped(f"console=hvc0 quiet {args.cmdline} {extra}")
    return [f"{args.kernel} guest name={name} mem={args.mem}M tsc=on {escaped(words)} -- {cmdline}",
            f"{files[0]} initrd guest={name}"]


def _gatehouse(args, mib, modules, words):
    return _qemu(args, mib, ["-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-kernel",
                             args.hypervisor, "-append", f"on-idle=poweroff {args.words}",
                             "-initrd", ",".join(modules)] + words)


def guest(args, files, extra=""):
    """The kernel as the guest "bench": two cards on a switch, a real disk and one in memory."""
    modules = _guest_lines(args, files, "bench", "disk=hd0 disk=ram net=lan net=lan", extra)
    return _gatehouse(args, args.mem + 128, modules + [f"{files[1]} disk name=ram"], _disk(0))


def guest_pair(args, files, extra):
    """Two guests on one switch."""
    modules = (_guest_lines(args, files, "bench", "net=lan", extra) +
               _guest_lines(args, files, "peer", "net=lan", "BENCH=peer"))
    return _gatehouse(args, 2 * args.mem + 128, modules, [])


# ---- from start_kernel to rest_init ---------------------------------------------------------------

def address_of(system_map, name):
    with open(system_map, encoding="utf-8") as f:
        found = re.search(rf"^([0-9a-f]+) [tT] {name}$", f.read(), re.M)
    if not found:
        raise SystemExit(f"{system_map}: no {name}")
    return int(found.group(1), 16)


class Stub:
    """QEMU's gdb stub (GDB manual, appendix E), as far as it is needed."""

    def __init__(self, path):
        self.socket, self.buffer = socket.socket(socket.AF_UNIX), b""
        self.socket.settimeout(300)
        for _ in range(100):
            if not self.socket.connect_ex(path):
                return
            time.sleep(0.1)
        raise SystemExit(f"QEMU offers no gdb stub at {path}")

    def packet(self):
        while True:
            found = re.search(rb"\$([^#]*)#..", self.buffer, re.S)
            if found:
                self.buffer = self.buffer[found.end():]
                self.socket.sendall(b"+")
                return found.group(1)
            got = self.socket.recv(4096)
            if not got:
                raise SystemExit("QEMU ended before the kernel had started")
            self.buffer += got

    def ask(self, text):
        data = text.encode()
        self.socket.sendall(b"$" + data + b"#%02x" % (sum(data) & 0xFF))
        return self.packet()

    def monitor(self, command):
        answer = self.ask("qRcmd," + command.encode().hex())
        text = b""
        while answer != b"OK":
            text += bytes.fromhex(answer.decode()[1:]) if answer[:1] == b"O" else b""
            answer = self.packet()
        return text.decode()

    def stop_at(self, address):
        self.ask(f"Z1,{address:x},1")
        self.ask("c")
        self.ask(f"z1,{address:x},1")


def kernel_start(command, system_map, folder):
    """Instructions from start_kernel to rest_init."""
    path = os.path.join(folder, "gdb.socket")
    if os.path.exists(path):
        os.unlink(path)
    times = []
    with subprocess.Popen(command + ICOUNT + ["-S", "-gdb", f"unix:{path},server=on"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        try:
            stub = Stub(path)
            for name in ("start_kernel", "rest_init"):
                stub.stop_at(address_of(system_map, name))
                found = re.search(r"= 0x([0-9a-f]+)", stub.monitor(f"i /wx {PM_TIMER:#x}"))
                times.append(int(found.group(1), 16))
        finally:
            process.kill()
    return round(((times[1] - times[0]) & 0xFFFFFF) * 1e9 / PM_TIMER_HZ)
