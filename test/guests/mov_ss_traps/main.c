/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A debug trap that waits behind a load of ss while the next instruction traps: CVE-2018-8897. */
/* paging: 2level */
/* expect: success */
/* bochs: yes */
/* bystander: clock */
#include "test/guests/lib/test.h"

#define DR7_ACCESS_0 0xF0001u /* reads and writes of 4 bytes */
#define TF           0x100u

/* edx is the stack; eax 0 is FLUSH_ASYNC; esi is mapped nowhere. */
#define BEHIND(name, insn)                                                                         \
	USER_CODE(name##_mov, "movw watched, %ss\n\t" insn "\n\tud2");                             \
	USER_CODE(name##_pop, "movl $watched, %esp\n\tpopl %ss\n\t" insn "\n\tud2");               \
	USER_CODE(name##_lss, "movl %edx, far\n\tlss far, %esp\n\t" insn "\n\tud2")

/* A stack of its own, in the middle of which the watched selector lies. */
USER_CODE(user_stack,
	  ".skip 4096\n\t.globl far, watched\nfar:\t.long 0\nwatched:\t.long 0\n\t.skip 64");
extern uint32_t watched;

BEHIND(user_nop, "nop");
BEHIND(user_int3, "int3");
BEHIND(user_cd03, ".byte 0xCD, 0x03");
BEHIND(user_into, "into");
BEHIND(user_int1, ".byte 0xF1");
BEHIND(user_call, "int $0x1F");
BEHIND(user_vmcall, ".byte 0x0F, 0x01, 0xC1");
BEHIND(user_int80, "int $0x80");
BEHIND(user_int55, "int $0x55");
BEHIND(user_ud, "ud2");
BEHIND(user_hlt, "hlt");
BEHIND(user_cli, "cli");
BEHIND(user_in, "inb $0x64, %al");
BEHIND(user_popf, "pushl $0x302\n\tpopfl");
BEHIND(user_pushf, "pushfl\n\tpopl %ecx");
BEHIND(user_iret, "iret");
BEHIND(user_div, "divl %eax");
BEHIND(user_fault, "movl (%esi), %eax");
BEHIND(user_window, "movl %eax, 0xFFC12000");
BEHIND(user_again, "movw watched, %ss\n\tint $0x1F");
BEHIND(user_sysenter, "sysenter");
BEHIND(user_syscall, "syscall");
BEHIND(user_fs, "movw %si, %fs");

#define BOTH(name) name##_mov, name##_pop, name##_lss

static const char *const codes[] = {
	BOTH(user_nop),      BOTH(user_int3),    BOTH(user_cd03),   BOTH(user_into),
	BOTH(user_int1),     BOTH(user_call),    BOTH(user_vmcall), BOTH(user_int80),
	BOTH(user_int55),    BOTH(user_ud),      BOTH(user_hlt),    BOTH(user_cli),
	BOTH(user_in),       BOTH(user_popf),    BOTH(user_pushf),  BOTH(user_iret),
	BOTH(user_div),      BOTH(user_fault),   BOTH(user_window), BOTH(user_again),
	BOTH(user_sysenter), BOTH(user_syscall), BOTH(user_fs),
};

static uint32_t debug_traps, others;

static bool step(struct regs *r)
{
	debug_traps++;
	/* or the frame's being read back would be the next hit, without end */
	hcall3(LHCALL_GH_DEBUGREG, 7, 0, 1);
	CHECK((r->cs & 3) != 0 && (r->cs & 0xFFFF) != 0x50, "a debug trap from cs 0x%x", r->cs);
	CHECK(r->eip < 0xFFC00000, "a debug trap from the window, at 0x%x", r->eip);
	return true;
}

static bool over(struct regs *r)
{
	(void)r;
	others++;
	trap_fixup = 0;
	ring3_leave();
}

static void run(const char *code, bool in_kernel, uint32_t flags, bool is_watched)
{
	struct regs r = ring3_start(code);

	watched = in_kernel ? LGUEST_DS : USER_DS;
	hcall3(LHCALL_GH_DEBUGREG, 0, addr32(&watched), 1);
	hcall3(LHCALL_GH_DEBUGREG, 7, is_watched ? DR7_ACCESS_0 : 0, 1);
	if (in_kernel) {
		r.cs = LGUEST_CS;
		r.ds = r.es = LGUEST_DS;
	}
	/* the kernel's own stack there is none of ring3_run()'s */
	r.edx = in_kernel ? addr32(ring3_trap_stack) + PAGE_SIZE : r.esp;
	r.esi = 0x30000000;
	r.eflags |= flags;
	ring3_run(&r);
	hcall3(LHCALL_GH_DEBUGREG, 7, 0, 1);
}

static void run_all(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(codes); i++) {
		for (unsigned how = 0; how < 8; how++)
			run(codes[i], how & 1, how & 2 ? TF : 0, how & 4);
	}
}

void test_main(void)
{
	ring3_init();
	for (unsigned v = 0; v < 0x20; v++)
		trap_handle(v, v == TRAP_DEBUG ? step : over);
	trap_handle(0x80, over);
	run_all();
	for (unsigned v = 0; v < 20; v++)
		trap_gate(v, GATE_TRAP, v >= 3 && v <= 5 ? 3 : 0);
	run_all();
	printf("%u debug traps, %u others\n", debug_traps, others);
	CHECK(debug_traps > ARRAY_SIZE(codes), "%u debug traps", debug_traps);
}
