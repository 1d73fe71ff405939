/* SPDX-License-Identifier: GPL-2.0-or-later */
/* int n to a vector never registered is the guest's #GP; the host's own vectors included. */
/* expect: success */
#include "test/guests/lib/test.h"

/* int n for each n, each with a ret: called by address. */
extern const uint8_t int_stubs[];
__asm__(".pushsection .text\n"
	"int_stubs:\n\t.set n, 0\n\t.rept 256\n\t.byte 0xCD, n, 0xC3, 0x90\n\t.set n, n + "
	"1\n\t.endr\n"
	"\t.popsection");

void test_main(void)
{
	for (unsigned v = 64; v < 256; v++) {
		uint32_t address = addr32(int_stubs + v * 4);

		CHECK(!try_call(address), "int 0x%x: nothing happened", v);
		CHECK(trap_was(TRAP_PROTECTION), "int 0x%x: vector %u", v, trap_seen.vector);
		CHECK(trap_seen.error == (v << 3 | 2), "int 0x%x: error 0x%x", v, trap_seen.error);
		CHECK(trap_seen.eip == address, "int 0x%x: eip 0x%x", v, trap_seen.eip);
	}
}
