/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The direction flag stays the guest's: hypercalls and other guests in between are none the worse.
 */
/* expect: success */
/* bystander: fpu_preserved */
/* guest-line: tsc=on */
/* bochs: yes */
#include "test/guests/lib/test.h"

#define ROUNDS 40u

/* Spins for some ms with DF set, so that the other guest has its turn, then makes a hypercall. */
static void round_trip(uint32_t number)
{
	uint32_t eax = LHCALL_GH_VERSION, ebx = number, esi = ~number, edi = 0x5EED0000 + number;
	uint32_t spins = 3000000, flags;

	__asm__ volatile("std\n1:\tdecl %%ecx\n\tjnz 1b\n\tint $0x1F\n\tpushfl\n\tpopl %%edx\n\tcld"
			 : "+a"(eax), "+b"(ebx), "+c"(spins), "=d"(flags), "+S"(esi), "+D"(edi)
			 :
			 : "memory", "cc");
	CHECK(eax == LGUEST_GH_SIGNATURE, "the call returned 0x%x", eax);
	CHECK(flags & X86_EFLAGS_DF, "eflags 0x%x after it", flags);
	CHECK(ebx == number && esi == ~number && edi == 0x5EED0000 + number && !spins,
	      "registers 0x%x 0x%x 0x%x 0x%x", ebx, esi, edi, spins);
}

void test_main(void)
{
	for (uint32_t i = 0; i < ROUNDS; i++)
		round_trip(i);
}
