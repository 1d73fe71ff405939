/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every selector in every data segment register has one defined outcome: loaded, or the guest's
 * fault. */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

void test_main(void)
{
	uint32_t loaded = 0;

	for (uint32_t selector = 0; selector < 0x10000; selector += selector < 0x200 ? 1 : 0x3FB) {
		uint32_t now;

		TRAP_TRY("movl %0, %%fs", : "r"(selector));
		CHECK(!trap_seen.count || trap_was(TRAP_PROTECTION) || trap_was(TRAP_NOT_PRESENT),
		      "selector 0x%x: vector %u", selector, trap_seen.vector);
		CHECK(!trap_seen.count || trap_seen.error == (selector & 0xFFFC),
		      "selector 0x%x: error 0x%x", selector, trap_seen.error);
		if (trap_seen.count)
			continue;
		loaded++;
		hcall0(LHCALL_FLUSH_ASYNC);
		__asm__ volatile("movl %%fs, %0" : "=r"(now));
		CHECK((now & 0xFFFF) == selector || (now < 4 && selector < 4),
		      "fs 0x%x became 0x%x", selector, now);
	}
	printf("%u selectors can be loaded\n", loaded);
	__asm__ volatile("movl %0, %%fs" : : "r"(0));
}
