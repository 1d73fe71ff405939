/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest that asks for it is entered by sysenter: in ring 1, all registers as they were. */
/* paging: 2level */
/* expect: success */
/* bochs: yes */
#include "test/guests/lib/test.h"

#define HANDLER_ESP (addr32(ring3_trap_stack) + RING3_STACK_BYTES)
#define TEXT_OF(x)  #x
#define TEXT(x)     TEXT_OF(x)

/* edx: where to go on, ecx: with which stack; eax, ebx, esi, edi, ebp: anything. */
#define GO "call 1f\n1:\tpopl %edx\n\taddl $2f-1b, %edx\n\tmovl %esp, %ecx\n\t"
USER_CODE(user_enter, GO "sysenter\n2:\tint $0x80");
USER_CODE(user_odd_flags, GO "pushfl\n\torl $0x44D01, (%esp)\n\tpopfl\n\tsysenter\n2:\tint $0x80");
USER_CODE(user_steps, GO "pushfl\n\torl $0x100, (%esp)\n\tpopfl\n\tsysenter\n2:\tint $0x80");

struct seen {
	uint32_t count, esp, eflags, cs, ss, eax, ebx, esi, edi, ebp;
};

static volatile struct seen seen __attribute__((used));
static uint8_t stack[PAGE_SIZE] __attribute__((used, aligned(16)));

extern char handler[];
__asm__(".pushsection .text\n"
	"handler:\n\t"
	"movl %esp, seen+4\n\tmovl $stack+4096, %esp\n\t"
	"pushfl\n\tpopl seen+8\n\tincl seen\n\t"
	"movl %eax, seen+20\n\t"
	"movl %cs, %eax\n\tmovl %eax, seen+12\n\tmovl %ss, %eax\n\tmovl %eax, seen+16\n\t"
	"movl %ebx, seen+24\n\tmovl %esi, seen+28\n\t"
	"movl %edi, seen+32\n\tmovl %ebp, seen+36\n\t"
	"pushl $" TEXT(USER_DS) "\n\tpushl %ecx\n\tpushl $0x202\n\t"
				"pushl $" TEXT(USER_CS) "\n\tpushl %edx\n\tiret\n"
							"\t.popsection");

static void enter(const char *what, const char *code, uint32_t flags)
{
	struct regs r = ring3_start(code);
	uint32_t count = seen.count + 1;

	r.eax = 0x11111111;
	r.ebx = 0x22222222;
	r.esi = 0x33333333;
	r.edi = 0x44444444;
	r.ebp = 0x55555555;
	check_ring3_leaves(what, &r, 0x80);
	CHECK(seen.count == count, "%s: the handler ran %u times", what, seen.count - count + 1);
	CHECK(seen.esp == HANDLER_ESP, "%s: esp 0x%x", what, seen.esp);
	CHECK((seen.cs & 0xFFFF) == LGUEST_CS && (seen.ss & 0xFFFF) == LGUEST_DS,
	      "%s: cs 0x%x, ss 0x%x", what, seen.cs, seen.ss);
	CHECK(seen.eax == 0x11111111 && seen.ebx == 0x22222222 && seen.esi == 0x33333333 &&
		      seen.edi == 0x44444444 && seen.ebp == 0x55555555,
	      "%s: registers", what);
	/* interrupts are the host's; no TF, NT, IOPL; AC, DF and CF stay */
	CHECK((seen.eflags & 0x47F01) == flags, "%s: eflags 0x%x", what, seen.eflags);
}

static void is_refused(const char *what)
{
	struct regs r = ring3_start(user_enter);

	ring3_run(&r);
	CHECK(r.vector == TRAP_PROTECTION, "%s: vector %u", what, r.vector);
}

void test_main(void)
{
	uint32_t error;

	ring3_init();
	error = hcall1(LHCALL_GH_SYSENTER, addr32(handler));
	if (error) {
		CHECK(error == (uint32_t)-19, "GH_SYSENTER: 0x%x", error);
		test_skip("this CPU has no sysenter");
	}
	hcall1(LHCALL_GH_SYSENTER, 0);
	is_refused("before");
	for (unsigned i = 0; i < 100; i++) {
		hcall1(LHCALL_GH_SYSENTER, addr32(handler));
		enter("plain", user_enter, 0x200);
		enter("odd flags", user_odd_flags, 0x40E01);
		enter("single steps", user_steps, 0x200);
		clock_arm_ns(1000);
		irq_halt(); /* others run meanwhile */
		hcall1(LHCALL_GH_SYSENTER, 0);
		is_refused("taken back");
	}
}
