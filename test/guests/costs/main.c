/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints what single operations cost in TSC ticks (with icount: instructions). */
/* paging: 2level */
/* expect: success */
/* icount: yes */
/* guest-line: tsc=on mem=8M */
#include "test/guests/lib/test.h"

#define TIMES 100
#define VA    0x40000000u

USER_CODE(user_ud, "1:\tud2\n\tdecl %ecx\n\tjnz 1b\n\tint $0x92");
USER_CODE(user_fault, "1:\tmovl 0x60000000, %eax\n\tdecl %ecx\n\tjnz 1b\n\tint $0x92");

extern char skip_two[], skip_five[];
/* The barest handlers: skip the faulting instruction. */
__asm__(".pushsection .text\n"
	"skip_two:\taddl $2, (%esp)\n\tiret\n"
	"skip_five:\taddl $4, %esp\n\taddl $5, (%esp)\n\tiret\n"
	"\t.popsection");

static void report(const char *what, uint64_t start)
{
	printf("%s: %llu ticks\n", what, div_u64(rdtsc() - start, TIMES, NULL));
}

static void cost_of_calls(uint32_t gpa, uint32_t other)
{
	uint32_t first = pt_root();
	uint64_t start = rdtsc();

	for (unsigned i = 0; i < TIMES; i++)
		hcall0(LHCALL_FLUSH_ASYNC);
	report("empty hypercall", start);
	start = rdtsc();
	for (unsigned i = 0; i < TIMES; i++)
		pt_map(first, VA, (gpa + (i & 1) * PAGE_SIZE) | PTE_KERNEL_PAGE);
	report("SET_PTE", start);
	start = rdtsc();
	for (unsigned i = 0; i < TIMES; i++)
		pt_load(i & 1 ? first : other);
	report("switch to a known root", start);
	start = rdtsc();
	for (unsigned i = 0; i < TIMES; i++) {
		irq_disable();
		clock_arm_ns(1);
		irq_halt();
	}
	report("clock armed, halt, interrupt", start);
	irq_disable();
}

void test_main(void)
{
	uint32_t gpa, other;
	uint64_t start;
	struct regs r;

	ring3_init();
	gpa = boot_alloc_pages(2);
	other = pt_create();
	trap_gate(0x92, GATE_TRAP, 3);
	trap_handle(IRQ_CLOCK_VECTOR, clock_counts);
	pt_map(pt_root(), VA, gpa | PTE_KERNEL_PAGE);
	cost_of_calls(gpa, other);
	trap_gate_to(TRAP_INVALID_OPCODE, GATE_INTERRUPT, 0, addr32(skip_two));
	r = ring3_start(user_ud);
	r.ecx = TIMES;
	start = rdtsc();
	check_ring3_leaves("ud2 loop", &r, 0x92);
	report("#UD reflected from ring 3, and iret", start);
	trap_gate_to(TRAP_PAGE_FAULT, GATE_INTERRUPT, 0, addr32(skip_five));
	r = ring3_start(user_fault);
	r.ecx = TIMES;
	start = rdtsc();
	check_ring3_leaves("fault loop", &r, 0x92);
	report("page fault reflected from ring 3, and iret", start);
}
