/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stack for a trap lies in the page tables that map it: its frame rewrites them. */
/* paging: both */
/* expect: success or dead ".*" */
/* bochs: yes */
/* bystander: hello */
/* cases: 4 */
#include "test/guests/lib/test.h"

#define VA 0x50000000u

USER_CODE(user_ud, "ud2");
USER_CODE(user_call, "int $0x80");

/* The bottom table as a page in its own range, twice: entry 1 and entry 2 are the table itself. */
static uint32_t map_tables(void)
{
	uint32_t table, entry = pt_is_pae() ? 8 : 4;

	pt_map(pt_root(), VA, boot_alloc_pages(1) | PTE_KERNEL_PAGE);
	table = (uint32_t)pt_get_upper(pt_root(), VA) & PAGE_MASK;
	pt_map(pt_root(), VA + PAGE_SIZE, table | PTE_KERNEL_PAGE);
	pt_map(pt_root(), VA + 2 * PAGE_SIZE, table | PTE_KERNEL_PAGE);
	return VA + PAGE_SIZE + 2 * entry;
}

static bool survived(struct regs *r)
{
	if (!regs_from_user(r))
		test_success("survived");
	return false;
}

void test_main(void)
{
	/* Where the frame covers the entries of the page it is on, all or in part. */
	static const uint32_t behind[] = {0, 12};
	uint32_t esp = map_tables() + behind[test_case() / 2];
	struct regs r;

	ring3_init();
	trap_handle(TRAP_INVALID_OPCODE, survived);
	if (test_case() & 1) {
		hcall3(LHCALL_SET_STACK, LGUEST_DS, esp, 1);
		for (unsigned i = 0; i < 2; i++) {
			r = ring3_start(i ? user_call : user_ud);
			ring3_run(&r);
		}
	}
	__asm__ volatile("movl %0, %%esp\n\tud2" : : "r"(esp));
	test_failure("survived");
}
