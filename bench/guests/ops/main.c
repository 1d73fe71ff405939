/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operations in a guest of Gatehouse, and those that only a guest has. */
/* paging: 2level */
#include "bench/guests/ops/ops.h"

#include "guests/lib/console.h"
#include "guests/lib/hypercall.h"
#include "guests/lib/irq.h"
#include "guests/lib/segment.h"

#define SAMPLES 50u

uint32_t *machine_table;
static uint32_t page, spaces[2];

extern const char nothing_to_do[];
__asm__(".pushsection .text\nnothing_to_do:\tiret\n\t.popsection");

void machine_gate(unsigned vector, unsigned type, uint32_t eip)
{
	trap_gate_to(vector, type, 3, eip);
}

uint32_t machine_run_user(const char *code, uint32_t edi)
{
	struct regs r = ring3_start(code);

	r.ecx = OPS_TIMES;
	r.edi = edi;
	ring3_run(&r);
	if (r.vector != OPS_LEAVE) {
		printf("ring 3 left by trap %u at 0x%x\n", r.vector, r.eip);
		shutdown(LGUEST_SHUTDOWN_POWEROFF, "ring 3 was left by the wrong trap");
	}
	return r.eax;
}

uint32_t machine_fault_address(void)
{
	return READ_ONCE(lguest_data.cr2);
}

uint32_t machine_page(void)
{
	return page;
}

void machine_entry_changed(uint32_t va, uint32_t pte)
{
	hcall3(LHCALL_SET_PTE, spaces[0], va, pte);
}

void machine_space(unsigned number)
{
	hcall1(LHCALL_NEW_PGTABLE, spaces[number]);
}

void machine_nothing(unsigned number)
{
	(void)number;
}

void machine_raise(void)
{
	irq_disable();
	clock_arm_ns(1);
	while (!READ_ONCE(lguest_data.irq_pending))
		barrier();
}

void machine_let_in(void)
{
	irq_enable();
}

/* Empty calls, and such as change nothing. */
#define CALL_OP(name, call)                                                                        \
	static uint32_t name(void)                                                                 \
	{                                                                                          \
		uint32_t start = ops_ticks();                                                      \
                                                                                                   \
		for (unsigned i = 0; i < OPS_TIMES; i++)                                           \
			call;                                                                      \
		return ops_ticks() - start;                                                        \
	}

static struct descriptor tls[3];

CALL_OP(sample_call, hcall0(LHCALL_FLUSH_ASYNC))
CALL_OP(sample_ts, hcall1(LHCALL_TS, i & 1))
CALL_OP(sample_stack,
	hcall3(LHCALL_SET_STACK, LGUEST_DS, addr32(ring3_trap_stack) + RING3_STACK_BYTES,
	       RING3_STACK_BYTES / PAGE_SIZE))
CALL_OP(sample_tls, segment_load_tls(tls))
CALL_OP(sample_flush, hcall1(LHCALL_FLUSH_TLB, 0))

/* From the call to its handler, whose interrupt gate leaves interrupts off. */
static uint32_t sample_clock(void)
{
	uint32_t start = ops_ticks();

	clock_arm_ns(1);
	while (READ_ONCE(lguest_data.irq_enabled))
		barrier();
	return ops_ticks() - start;
}

/* As a kernel does in lazy mode: a batch of calls by the ring, one trap for all. */
static uint32_t sample_batch(void)
{
	static uint32_t round;
	uint32_t start, pte = page | (uint32_t)PTE_USER_PAGE;

	/* Present already, so that only an entry changes. */
	round ^= PTE_DIRTY;
	start = ops_ticks();
	for (unsigned i = 0; i < OPS_TIMES; i++) {
		WRITE_ONCE(machine_table[i], pte ^ round);
		hcall_async(LHCALL_SET_PTE, spaces[0], OPS_VA + i * PAGE_SIZE, pte ^ round, 0);
	}
	hcall0(LHCALL_FLUSH_ASYNC);
	return ops_ticks() - start;
}

const struct op machine_ops[] = {
	{.name = "call", .sample = sample_call, .empty = ops_nothing},
	{.name = "ts", .sample = sample_ts, .empty = ops_nothing},
	{.name = "set_stack", .sample = sample_stack, .empty = ops_nothing},
	{.name = "load_tls", .sample = sample_tls, .empty = ops_nothing},
	{.name = "flush", .sample = sample_flush, .empty = ops_nothing},
	{.name = "batch", .sample = sample_batch, .empty = ops_nothing},
	{.name = "clock",
	 .setup = irq_enable,
	 .sample = sample_clock,
	 .empty = ops_reading,
	 .times = 1},
	{.name = NULL},
};

/* The text after the '=', ended by a 0 of its own. */
static const char *word(const char *name)
{
	static char text[24];
	const char *s = boot_text(name);
	unsigned n = 0;

	if (!s)
		return NULL;
	for (; *s && *s != ' ' && n < sizeof(text) - 1; s++)
		text[n++] = *s;
	text[n] = '\0';
	return text;
}

void guest_main(void)
{
	struct ops_wanted wanted = {.only = word("only"),
				    .samples = boot_number("samples", SAMPLES),
				    .only_setup = boot_has_word("setup")};

	ring3_init();
	page = boot_alloc_pages(1);
	spaces[0] = pt_root();
	spaces[1] = pt_create();
	pt_make_tables(spaces[0], OPS_VA);
	machine_table = phys_to_virt((uint32_t)pt_get_upper(spaces[0], OPS_VA) & PAGE_MASK);
	trap_gate(OPS_LEAVE, GATE_TRAP, 3);
	trap_gate_to(IRQ_CLOCK_VECTOR, GATE_INTERRUPT, 0, addr32(nothing_to_do));
	ops_run(&wanted);
	irq_disable();
	if (boot_has_word("stay"))
		irq_halt();
}
