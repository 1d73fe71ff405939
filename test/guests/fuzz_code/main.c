/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random instructions in ring 1 and ring 3, with random registers, stacks and segments. */
/* paging: both */
/* expect: success or dead ".*" */
/* guest-line: mem=4M on-crash=restart restarts=any */
/* cmdline: steps=15000 */
/* bystander: procs */
/* bochs: yes */
#include "test/guests/fuzz_code/code.h"

#define SCRATCH_PAGES 16u /* behind every address below the kernel */
#define CODE_VA       0x10000000u
#define SNIPPET       64u /* bytes, the last of them leaving */
#define CODE_STEPS    1024u
#define TICK_NS       50000u
#define EXACT_TICK_NS 1000000u
#define EXACT_TRIES   4u

uint32_t code_esp, code_eip;
static volatile bool in_run;
static uint32_t scratch, runs, tick_run, roots[3], root;
static uint32_t copy[SCRATCH_PAGES * PAGE_SIZE / 4]; /* of the scratch memory */
static uint8_t fpu_state[512] __attribute__((aligned(16)));
static bool is_exact, was_ticked, ts;

/* Below the guest's stack nothing of the last run is left; eax and the flags stay. */
__asm__("code_ring1:\n\t"
	"movl %ss:code_esp, %esp\n\t"
	"jmp *%ss:code_eip");
extern const char code_ring1[];

static bool leave(struct regs *r)
{
	if (!in_run) {
		if (trap_fixup)
			return false;
		fuzz_next_life("a trap outside of a run");
	}
	if (r->vector == IRQ_CLOCK_VECTOR) {
		clock_arm_ns(is_exact ? EXACT_TICK_NS : TICK_NS);
		was_ticked = true;
		if (!is_exact && tick_run != runs) {
			tick_run = runs;
			return true;
		}
	} else if (r->vector > IRQ_CLOCK_VECTOR && r->vector < IRQ_VECTOR(LGUEST_IRQS)) {
		return true;
	}
	in_run = false;
	fuzz_traps++;
	ring3_trapped(r);
	fuzz_next_life("a trap of nobody's");
}

static uint8_t *page(unsigned n)
{
	return (uint8_t *)(uintptr_t)(CODE_VA + n * PAGE_SIZE);
}

/* Selectors, addresses and flags as far and interrupt returns want them, in some order. */
static uint32_t stack_word(void)
{
	switch (fuzz_below(8)) {
	case 0:
		return code_selector();
	case 1:
		return CODE_VA + fuzz_below(PAGE_SIZE);
	case 2:
		return fuzz_random();
	default:
		return fuzz_once_in(4) ? fuzz_corner()
				       : CODE_VA + fuzz_below(SCRATCH_PAGES * PAGE_SIZE);
	}
}

static void fill_stack(uint32_t *at)
{
	for (unsigned i = 0; i < PAGE_SIZE / 4; i++)
		at[i] = stack_word() & ~X86_EFLAGS_VM;
}

static void fill_code(uint8_t *at)
{
	for (unsigned n = 0; n < PAGE_SIZE / SNIPPET; n++, at += SNIPPET) {
		for (unsigned i = 0; i < SNIPPET; i++)
			at[i] = 0xCC;
		code_make(at, SNIPPET - 16);
		for (unsigned i = 0; is_exact && i < SNIPPET - 1; i++)
			if (at[i] == 0x0F && at[i + 1] == 0x31) /* rdtsc */
				at[i + 1] = 0x0B;
		at[SNIPPET - 2] = 0xCD; /* int 0x80 */
		at[SNIPPET - 1] = 0x80;
	}
}

/*
 * Seldom with the bit VM of the flags: an iret with it ends the guest under QEMU.
 * In ring 1 seldom next to 0 either: any of these may become esp.
 */
static uint32_t register_value(unsigned ring)
{
	unsigned kind = fuzz_below(ring == 3 ? 8 : 64);

	if (kind == 0)
		return fuzz_corner() & ~X86_EFLAGS_VM;
	if (kind == 1)
		return fuzz_random() & 0xFF;
	if (kind == 2)
		return fuzz_below(KERNEL_BASE) & ~X86_EFLAGS_VM;
	/* behind it is the scratch memory, wherever */
	return CODE_VA + fuzz_below(SCRATCH_PAGES * PAGE_SIZE);
}

static uint32_t stack_value(void)
{
	if (fuzz_once_in(64))
		return fuzz_below(KERNEL_BASE - PAGE_SIZE) + 512;
	return CODE_VA + PAGE_SIZE + 1024 + (fuzz_below(2048) & (fuzz_once_in(8) ? ~0u : ~3u));
}

/* By loads and stores: QEMU leaves its loop at each step of a string instruction. */
static void copy_scratch(uint32_t *to, const uint32_t *from)
{
	for (unsigned i = 0; i < ARRAY_SIZE(copy); i += 4) {
		uint32_t a = from[i], b = from[i + 1], c = from[i + 2], d = from[i + 3];

		barrier();
		to[i] = a;
		to[i + 1] = b;
		to[i + 2] = c;
		to[i + 3] = d;
	}
}

static void run(struct regs *r)
{
	runs++;
	in_run = true;
	ring3_run(r);
	in_run = false;
}

static void note(const struct regs *r, unsigned ring)
{
	const uint32_t *values = &r->gs;

	fuzz_note(r->vector);
	fuzz_note(r->error);
	fuzz_note(r->cs);
	fuzz_note(r->eip);
	fuzz_note(r->eflags & ~FUZZ_EFLAGS_VAGUE);
	if (r->vector == TRAP_PAGE_FAULT)
		fuzz_note(READ_ONCE(lguest_data.cr2));
	/* what ring 1 has read may be the window's */
	if (ring == 1)
		return;
	for (unsigned i = 0; i < &r->vector - &r->gs; i++)
		fuzz_note(&values[i] == &r->unused_esp ? r->esp : values[i]);
}

/* What half a run left in the FPU counts no more than what it left in memory. */
static void reset_fpu(void)
{
	hcall1(LHCALL_TS, 0);
	__asm__ volatile("fxrstor %0" : : "m"(fpu_state));
	hcall1(LHCALL_TS, ts);
}

/*
 * A run that the clock interrupts is as if it had not been, and is made again: how far
 * it came, and what the handler left below its stack, are of time's making.
 */
static void run_exactly(const struct regs *start, unsigned ring)
{
	struct regs r;

	copy_scratch(copy, (uint32_t *)page(0));
	for (unsigned i = 0; i < EXACT_TRIES; i++) {
		r = *start;
		reset_fpu();
		was_ticked = false;
		run(&r);
		if (!was_ticked) {
			note(&r, ring);
			return;
		}
		fuzz_traps--;
		copy_scratch((uint32_t *)page(0), copy);
	}
	fuzz_note(IRQ_CLOCK_VECTOR);
}

static void run_snippet(unsigned ring)
{
	uint32_t at = CODE_VA + fuzz_below(PAGE_SIZE / SNIPPET) * SNIPPET;
	struct regs r = {
		.eax = register_value(ring),
		.ebx = register_value(ring),
		.ecx = fuzz_once_in(2) ? fuzz_below(8) : register_value(ring),
		.edx = register_value(ring),
		.esi = register_value(ring),
		.edi = register_value(ring),
		.ebp = register_value(ring),
		.ds = ring == 3 ? USER_DS : LGUEST_DS,
		.cs = ring == 3 ? USER_CS : LGUEST_CS,
		.ss = USER_DS,
		.esp = stack_value(),
		.eip = fuzz_once_in(16) ? at + fuzz_below(SNIPPET) : at,
		.eflags = (fuzz_random() & 0x00040CD5) | X86_EFLAGS_IF | 2,
	};

	r.es = r.ds;
	if (fuzz_once_in(8))
		*(&r.gs + fuzz_below(4)) = code_selector();
	if (ring == 3 && fuzz_once_in(16))
		r.eflags |= X86_EFLAGS_TF;
	if (ring == 1) {
		code_eip = r.eip;
		code_esp = r.esp;
		r.eip = addr32(code_ring1);
	}
	if (is_exact)
		run_exactly(&r, ring);
	else
		run(&r);
}

static void change_world(void)
{
	struct descriptor d = fuzz_descriptor();
	unsigned index = fuzz_gdt_index(), vector = fuzz_below(LGUEST_FIRST_VECTOR);

	if (index != GDT_USER_CODE && index != GDT_USER_DATA)
		hcall3(LHCALL_LOAD_GDT_ENTRY, index, d.low, d.high);
	trap_gate(vector, fuzz_once_in(2) ? GATE_TRAP : GATE_INTERRUPT, fuzz_below(4));
	if (fuzz_once_in(4)) {
		root = fuzz_below(ARRAY_SIZE(roots));
		pt_load(roots[root]);
	}
	if (fuzz_once_in(4)) {
		ts = fuzz_below(2);
		hcall1(LHCALL_TS, ts);
	}
	if (fuzz_once_in(2))
		fill_stack((uint32_t *)page(1 + fuzz_below(SCRATCH_PAGES - 1)));
}

static void step(void)
{
	if (runs % CODE_STEPS == 0) {
		fill_code(page(0));
		change_world();
	}
	/* in a world with holes the stack would soon be in one */
	run_snippet(root == 0 && fuzz_once_in(4) ? 1 : 3);
}

/* A call with registers of nobody's choice, and in the end into what the kernel needs. */
static void last(void)
{
	static const uint8_t call[] = {0xCD, LGUEST_TRAP_ENTRY};

	for (unsigned n = 0; n < PAGE_SIZE / SNIPPET; n++)
		memcpy(page(0) + n * SNIPPET + fuzz_below(8), call, sizeof(call));
	run_snippet(1);
}

/* Maps all of a page table's reach to the scratch pages; some of it less, if it is to be so. */
static uint32_t make_table(bool with_holes)
{
	uint32_t table = boot_alloc_pages(1), pages = pt_table_span() / PAGE_SIZE;
	uint32_t *entry = phys_to_virt(table);

	for (unsigned i = 0; i < pages; i++, entry += PAGE_SIZE / 4 / pages) {
		*entry = (scratch + i % SCRATCH_PAGES * PAGE_SIZE) | (uint32_t)PTE_USER_PAGE;
		if (with_holes && i >= SCRATCH_PAGES && fuzz_once_in(2))
			*entry ^= fuzz_below(8);
	}
	return table | PTE_TABLE;
}

/* Roots that lead to the scratch pages: everywhere (0), or with holes. */
static uint32_t make_root(unsigned number)
{
	uint32_t root = pt_create();
	pte_t table = make_table(number == 1);

	for (uint32_t va = 0; va < KERNEL_BASE; va += pt_table_span())
		if (number < 2 || va >> 24 == CODE_VA >> 24 || fuzz_once_in(2))
			pt_write_upper(root, va, table);
	return root;
}

/* There is scratch memory above the kernel, too, in all roots. */
static void extend_kernel(void)
{
	pte_t table = make_table(false);

	for (uint32_t va = KERNEL_BASE + BOOT_MAPPED_BYTES; va < window_start();
	     va += pt_table_span())
		pt_write_upper(pt_root(), va, table);
}

/* What of the kernel needs not be written to is not, so that stray writes find little. */
static void protect_kernel(void)
{
	extern char guest_boot_root[], guest_user_phys[];
	uint32_t first = addr32(guest_boot_root),
		 end = addr32(phys_to_virt(addr32(guest_user_phys)));

	for (uint32_t va = KERNEL_BASE; va < KERNEL_BASE + BOOT_MAPPED_BYTES; va += PAGE_SIZE) {
		pte_t e = va - KERNEL_BASE < boot_ram_bytes() ? pt_get(pt_root(), va) : 0;

		if (va < first || va >= end)
			pt_write(pt_root(), va, e & ~PTE_WRITE);
	}
	hcall1(LHCALL_FLUSH_TLB, 1);
}

void test_main(void)
{
	scratch = boot_alloc_pages(SCRATCH_PAGES);
	is_exact = fuzz_is_exact();
	if (is_exact)
		__asm__ volatile("fxsave %0" : "=m"(fpu_state));
	ring3_init();
	extend_kernel();
	for (unsigned i = 0; i < ARRAY_SIZE(roots); i++)
		roots[i] = make_root(i);
	pt_load(roots[0]);
	protect_kernel();
	for (unsigned i = 1; i < SCRATCH_PAGES; i++)
		fill_stack((uint32_t *)page(i));
	for (unsigned v = 0; v < IRQ_VECTOR(LGUEST_IRQS); v++)
		trap_handle(v, leave);
	trap_handle(0x80, leave);
	clock_arm_ns(TICK_NS);
	fuzz_run("code", step, last);
}
