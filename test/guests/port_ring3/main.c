/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ring 3 gets #GP for in, out, cli, sti and the other privileged instructions. */
/* paging: both */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

USER_CODE(user_in, "inb $0x80, %al");
USER_CODE(user_out, "outb %al, $0x80");
USER_CODE(user_out_dx, "outl %eax, %dx");
USER_CODE(user_ins, "insb");
USER_CODE(user_cli, "cli");
USER_CODE(user_sti, "sti");
USER_CODE(user_hlt, "hlt");
USER_CODE(user_cr0, "movl %cr0, %eax");
USER_CODE(user_cr3, "movl %eax, %cr3");
USER_CODE(user_dr7, "movl %eax, %dr7");
USER_CODE(user_clts, "clts");
USER_CODE(user_invlpg, "invlpg (%eax)");
USER_CODE(user_lgdt, "lgdt (%esp)");
USER_CODE(user_lidt, "lidt (%esp)");
USER_CODE(user_ltr, "ltr %ax");
USER_CODE(user_rdmsr, "rdmsr");
USER_CODE(user_wrmsr, "wrmsr");
USER_CODE(user_wbinvd, "wbinvd");

void test_main(void)
{
	static const char *const codes[] = {
		user_in,   user_out,  user_out_dx, user_ins,   user_cli,   user_sti,
		user_hlt,  user_cr0,  user_cr3,    user_dr7,   user_clts,  user_invlpg,
		user_lgdt, user_lidt, user_ltr,    user_rdmsr, user_wrmsr, user_wbinvd};

	ring3_init();
	for (unsigned i = 0; i < ARRAY_SIZE(codes); i++) {
		struct regs r = ring3_start(codes[i]);

		ring3_run(&r);
		CHECK(r.vector == TRAP_PROTECTION && r.error == 0, "case %u: vector %u error 0x%x",
		      i, r.vector, r.error);
		CHECK(r.eip == addr32(codes[i]), "case %u: eip 0x%x, not 0x%x", i, r.eip,
		      addr32(codes[i]));
	}
}
