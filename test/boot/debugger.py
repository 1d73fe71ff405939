# SPDX-License-Identifier: GPL-2.0-or-later
"""The debugger's server in QEMU: stops the machine at an address, writes its memory."""
import os
import re
import socket

from qemu import expect


class Debugger:
    """QEMU's own gdb server. From the first packet on the machine stands still."""

    def __init__(self, m):
        self.path = os.path.join(m.folder.name, "debug")
        m.monitor(f"gdbserver unix:{self.path},server=on,wait=off")
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(self.path)
        self.data = b""
        self.ask("qC")

    def ask(self, text):
        """The answer to a packet; that it has stopped, QEMU says unasked."""
        self.socket.sendall(f"${text}#{sum(text.encode()) & 255:02x}".encode())
        while (answer := self._packet()).startswith("T") and text not in ("c", "s"):
            pass
        return answer

    def _packet(self):
        while not (packet := re.search(rb"\$([^#]*)#..", self.data)):
            more = self.socket.recv(4096)
            expect(more, "QEMU's debugger hung up")
            self.data += more
        self.data = self.data[packet.end():]
        self.socket.sendall(b"+")
        return packet.group(1).decode()

    def write_physical(self, address, data):
        for packet in ("Qqemu.PhyMemMode:1", f"M{address:x},{len(data):x}:{data.hex()}"):
            answer = self.ask(packet)
            expect(answer == "OK", f"QEMU answers {packet} with {answer}")

    def run_to(self, address):
        """The machine goes on until the CPU comes to that address."""
        expect(self.ask(f"Z1,{address:x},1") == "OK", "no breakpoint")
        stop = self.ask("c")
        expect(stop.startswith("T05"), f"it stopped for another reason: {stop}")
        expect(self.ask(f"z1,{address:x},1") == "OK", "the breakpoint stays")

    def go_on(self):
        self.ask("D")
        self.socket.close()
