/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A context switch as kernels batch it: new page table, TLS, stack and TS in one go. */
/* paging: both */
/* expect: success */
#include "test/guests/lib/test.h"

#define VA 0x40000000u

USER_CODE(user_look, "movl 0x40000000, %eax\n\tmovl %gs:0, %ebx\n\tint $0x80");

static uint8_t other_stack[PAGE_SIZE] PAGE_ALIGNED;
static uint32_t frame_at;

static bool note_stack(struct regs *r)
{
	frame_at = addr32(r);
	return false;
}

void test_main(void)
{
	static struct descriptor tls[2][3];
	uint32_t roots[2], gpa;

	ring3_init();
	trap_handle(0x80, note_stack);
	for (unsigned i = 0; i < 2; i++) {
		gpa = boot_alloc_pages(1);
		*(uint32_t *)phys_to_virt(gpa) = 0x100 + i;
		*(uint32_t *)phys_to_virt(gpa + 64) = 0x200 + i;
		roots[i] = pt_create();
		pt_map(roots[i], VA, gpa | PTE_USER_PAGE);
		pt_map(roots[i], USER_BASE, pt_get(pt_root(), USER_BASE));
		pt_map(roots[i], USER_STACK_TOP - PAGE_SIZE,
		       pt_get(pt_root(), USER_STACK_TOP - PAGE_SIZE));
		tls[i][0] = segment_make(VA + 64, 0xFF, 0xF2, 0x4);
	}
	tls[1][0] = segment_make(VA + 60 + 4, 0xFF, 0xF2, 0x4);
	for (unsigned n = 0; n < 200; n++) {
		unsigned i = n & 1;
		uint32_t top = i ? addr32(other_stack) + PAGE_SIZE
				 : addr32(ring3_trap_stack) + RING3_STACK_BYTES;
		struct regs r = ring3_start(user_look);

		hcall_async(LHCALL_NEW_PGTABLE, roots[i], 0, 0, 0);
		hcall_async(LHCALL_LOAD_TLS, virt_to_phys(tls[i]), 0, 0, 0);
		hcall_async(LHCALL_SET_STACK, LGUEST_DS, top, i ? 1 : 2, 0);
		hcall_async(LHCALL_TS, 0, 0, 0, 0);
		hcall0(LHCALL_FLUSH_ASYNC);
		r.gs = 6 << 3 | 3;
		check_ring3_leaves("look", &r, 0x80);
		CHECK(r.eax == 0x100 + i, "turn %u: address space shows 0x%x", n, r.eax);
		CHECK(r.ebx == 0x200 + i, "turn %u: gs:0 shows 0x%x", n, r.ebx);
		CHECK(frame_at + sizeof(struct regs) == top,
		      "turn %u: the frame is at 0x%x, below 0x%x", n, frame_at, top);
	}
}
