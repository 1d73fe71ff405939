/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every exception from ring 3 reaches the guest kernel, on its stack, all state intact. */
/* paging: both */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

USER_CODE(user_de, "xorl %edx, %edx\n\txorl %ecx, %ecx\n1:\tdivl %ecx");
USER_CODE(user_bp, "int3");
USER_CODE(user_of, "movb $127, %al\n\taddb $1, %al\n\tinto");
USER_CODE(user_ud, "ud2");
USER_CODE(user_gp, "hlt");
USER_CODE(user_gp_sel, "movl $0x1F8, %eax\n\tmovl %eax, %fs");
USER_CODE(user_np, "movl $0xA3, %eax\n\tmovl %eax, %fs");
USER_CODE(user_pf_read, "movl 0x30000000, %eax");
USER_CODE(user_pf_write, "movl %eax, 0x30000004");
USER_CODE(user_pf_exec, "movl $0x30000008, %eax\n\tjmp *%eax");
USER_CODE(user_kernel, "movl 0xC0100000, %eax");
USER_CODE(user_int, "int $0x55");

static const struct {
	const char *name, *code;
	uint32_t vector, error, cr2, skip;
} cases[] = {
	{"divide", user_de, 0, 0, 0, 4},
	{"int3", user_bp, 3, 0, 0, 1},
	{"into", user_of, 4, 0, 0, 5},
	{"ud2", user_ud, 6, 0, 0, 0},
	{"hlt", user_gp, 13, 0, 0, 0},
	{"bad selector", user_gp_sel, 13, 0x1F8, 0, 5},
	{"absent segment", user_np, 11, 0xA0, 0, 5},
	{"read", user_pf_read, 14, PF_USER, 0x30000000, 0},
	{"write", user_pf_write, 14, PF_USER | PF_WRITE, 0x30000004, 0},
	{"fetch", user_pf_exec, 14, PF_USER, 0x30000008, ~0u},
	{"kernel memory", user_kernel, 14, PF_USER | PF_PRESENT, 0xC0100000, 0},
	{"unregistered int", user_int, 13, 0x55 << 3 | 2, 0, 0},
};

static void run_all(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		struct regs r = ring3_start(cases[i].code);
		uint32_t cr2;

		r.ebx = 0xB0B0B0B0;
		r.esi = 0x51515151;
		r.edi = 0xD1D1D1D1;
		r.ebp = 0xEBEBEBEB;
		check_ring3_leaves(cases[i].name, &r, cases[i].vector);
		cr2 = READ_ONCE(lguest_data.cr2);
		CHECK(r.error == cases[i].error, "%s: error code 0x%x, not 0x%x", cases[i].name,
		      r.error, cases[i].error);
		CHECK(r.vector != 14 || cr2 == cases[i].cr2, "%s: cr2 0x%x", cases[i].name, cr2);
		CHECK(r.cs == USER_CS && r.ss == USER_DS, "%s: cs 0x%x ss 0x%x", cases[i].name,
		      r.cs, r.ss);
		CHECK(r.ds == USER_DS && r.es == USER_DS, "%s: ds 0x%x es 0x%x", cases[i].name,
		      r.ds, r.es);
		CHECK(r.esp == USER_STACK_TOP - 16, "%s: esp 0x%x", cases[i].name, r.esp);
		CHECK(cases[i].skip == ~0u || r.eip == addr32(cases[i].code) + cases[i].skip,
		      "%s: eip 0x%x", cases[i].name, r.eip);
		CHECK(cases[i].skip != ~0u || r.eip == cases[i].cr2, "%s: eip 0x%x", cases[i].name,
		      r.eip);
		CHECK(r.ebx == 0xB0B0B0B0 && r.esi == 0x51515151 && r.edi == 0xD1D1D1D1 &&
			      r.ebp == 0xEBEBEBEB,
		      "%s: registers changed", cases[i].name);
		CHECK(r.eflags & X86_EFLAGS_IF, "%s: eflags 0x%x", cases[i].name, r.eflags);
		CHECK(!(r.eflags & X86_EFLAGS_IOPL), "%s: eflags 0x%x", cases[i].name, r.eflags);
	}
}

void test_main(void)
{
	ring3_init();
	segment_load(20, segment_make(0, 0xFFFFF, 0x12 | 3 << 5, 0xC));
	run_all();
	for (unsigned v = 0; v < 20; v++)
		trap_gate(v, GATE_TRAP, v >= 3 && v <= 5 ? 3 : 0);
	run_all();
}
