/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hypercall changes no register but eax, and no flag. */
/* expect: success */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t eax = LHCALL_FLUSH_ASYNC, ebx = 0x11111111, ecx = 0x22222222, edx = 0x33333333;
	uint32_t esi = 0x44444444, edi = 0x55555555, flags;

	/* STC, STD: both must be there afterwards. */
	__asm__ volatile("stc\n\tstd\n\tint $0x1F\n\tpushfl\n\tcld\n\tpopl %6\n\tcld"
			 : "+a"(eax), "+b"(ebx), "+c"(ecx), "+d"(edx), "+S"(esi), "+D"(edi),
			   "=m"(flags)
			 :
			 : "memory", "cc");
	CHECK(ebx == 0x11111111 && ecx == 0x22222222 && edx == 0x33333333, "ebx %x ecx %x edx %x",
	      ebx, ecx, edx);
	CHECK(esi == 0x44444444 && edi == 0x55555555, "esi %x edi %x", esi, edi);
	CHECK((flags & (X86_EFLAGS_CF | X86_EFLAGS_DF)) == (X86_EFLAGS_CF | X86_EFLAGS_DF),
	      "eflags 0x%x lost CF or DF", flags);
	CHECK(flags & X86_EFLAGS_IF, "the real IF is off");
	CHECK(!(flags & (X86_EFLAGS_IOPL | X86_EFLAGS_NT | X86_EFLAGS_VM)), "eflags 0x%x", flags);
}
