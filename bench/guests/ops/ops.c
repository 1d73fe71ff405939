/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The operations, and how each is sampled. */
#include "bench/guests/ops/ops.h"

#include "guests/lib/console.h"
#include "guests/lib/string.h"

#define SAMPLES_MAX 200u
#define PTE_OURS    ((uint32_t)PTE_USER_PAGE)

/* Ring 3: ticks around OPS_TIMES of something. Handlers change eax and edx. */
#define USER_LOOP(name, what)                                                                      \
	USER_CODE(name, "rdtsc\n\tmovl %eax, %esi\n1:\t" what                                      \
			"\n\tdecl %ecx\n\tjnz 1b\n\trdtsc\n\tsubl %esi, %eax\n\tint $4")

/* Ring 3: the handler reads the TSC first and adds what it took to get there to ebp. */
#define USER_IN(name, what)                                                                        \
	USER_CODE(name, "1:\trdtsc\n\tmovl %eax, %esi\n\t" what                                    \
			"\n\tdecl %ecx\n\tjnz 1b\n\tmovl %ebp, %eax\n\tint $4")

#define ARRIVED "rdtsc\n\tsubl %esi, %eax\n\taddl %eax, %ebp\n\t"

USER_LOOP(user_nothing, "");
USER_LOOP(user_int80, "int $0x80");
USER_LOOP(user_int3, "int3");
USER_LOOP(user_ud2, "ud2");
USER_LOOP(user_fault, "movl 0x60000000, %eax");
USER_LOOP(user_touch, "movl %edi, (%edi)\n\taddl $4096, %edi");
USER_IN(user_in_nothing, ARRIVED);
USER_IN(user_in_int3, "int3");
USER_IN(user_in_ud2, "ud2");
USER_IN(user_in_fault, "movl 0x60000000, %eax");

/* The barest handlers: back, behind the instruction that trapped. */
extern char back[], back_ud2[], back_fault[], back_fill[];
extern char in_back[], in_back_ud2[], in_back_fault[];
__asm__(".pushsection .text\n"
	"in_back:\t" ARRIVED "\n"
	"back:\tiret\n"
	"in_back_ud2:\t" ARRIVED "\n"
	"back_ud2:\taddl $2, (%esp)\n\tiret\n"
	"in_back_fault:\t" ARRIVED "\n"
	"back_fault:\taddl $4, %esp\n\taddl $5, (%esp)\n\tiret\n"
	"back_fill:\tpushal\n\tcall ops_fill\n\tpopal\n\taddl $4, %esp\n\tiret\n"
	"\t.popsection");
void ops_fill(void);

uint32_t ops_nothing(void)
{
	uint32_t start = ops_ticks();

	for (unsigned i = 0; i < OPS_TIMES; i++)
		barrier();
	return ops_ticks() - start;
}

/* The entries of OPS_VA that a sample works on. */
static unsigned first;

static void set_entry(unsigned n, uint32_t pte)
{
	WRITE_ONCE(machine_table[n], pte);
	machine_entry_changed(OPS_VA + n * PAGE_SIZE, pte);
}

/* The next ones, which are absent. */
static void setup_absent(void)
{
	first += OPS_TIMES;
	if (first + OPS_TIMES <= OPS_PAGES)
		return;
	first = 0;
	for (unsigned i = 0; i < OPS_PAGES; i++)
		set_entry(i, 0);
}

static uint32_t set_entries(uint32_t pte)
{
	uint32_t start = ops_ticks();

	for (unsigned i = 0; i < OPS_TIMES; i++)
		set_entry(first + i, pte);
	return ops_ticks() - start;
}

static uint32_t sample_map(void)
{
	return set_entries(machine_page() | PTE_OURS);
}

static void setup_touched(void)
{
	setup_absent();
	for (unsigned i = first; i < first + OPS_TIMES; i++) {
		set_entry(i, machine_page() | PTE_OURS);
		READ_ONCE(*(uint32_t *)(uintptr_t)(OPS_VA + i * PAGE_SIZE));
	}
}

static uint32_t sample_unmap(void)
{
	return set_entries(0);
}

/* The handler of demand paging. */
void ops_fill(void)
{
	unsigned n = (machine_fault_address() - OPS_VA) / PAGE_SIZE;

	if (n < OPS_PAGES)
		set_entry(n, machine_page() | PTE_OURS);
}

static uint32_t sample_touch(void)
{
	return machine_run_user(user_touch, OPS_VA + first * PAGE_SIZE);
}

static uint32_t sample_space(void)
{
	uint32_t start = ops_ticks();

	for (unsigned i = 1; i <= OPS_TIMES; i++)
		machine_space(i & 1);
	return ops_ticks() - start;
}

/* What remains of the samples above when their call does nothing. */
static uint32_t calling_nothing(void)
{
	uint32_t start = ops_ticks();

	for (unsigned i = 0; i < OPS_TIMES; i++)
		machine_nothing(i & 1);
	return ops_ticks() - start;
}

static uint32_t sample_virq(void)
{
	uint32_t start = ops_ticks();

	machine_let_in();
	return ops_ticks() - start;
}

uint32_t ops_reading(void)
{
	uint32_t start = ops_ticks();

	barrier();
	return ops_ticks() - start;
}

/* Something that traps in ring 3, by its round trip or by the way in. */
#define TRAP_OP(what, v, to, loop, empty_loop)                                                     \
	{                                                                                          \
		.name = what, .vector = v, .handler = to, .code = loop, .empty_code = empty_loop   \
	}

static const struct op ops[] = {
	TRAP_OP("int80", 0x80, back, user_int80, user_nothing),
	TRAP_OP("int3", TRAP_BREAKPOINT, back, user_int3, user_nothing),
	TRAP_OP("int3_in", TRAP_BREAKPOINT, in_back, user_in_int3, user_in_nothing),
	TRAP_OP("ud", TRAP_INVALID_OPCODE, back_ud2, user_ud2, user_nothing),
	TRAP_OP("ud_in", TRAP_INVALID_OPCODE, in_back_ud2, user_in_ud2, user_in_nothing),
	TRAP_OP("page_fault", TRAP_PAGE_FAULT, back_fault, user_fault, user_nothing),
	TRAP_OP("page_fault_in", TRAP_PAGE_FAULT, in_back_fault, user_in_fault, user_in_nothing),
	{.name = "map", .setup = setup_absent, .sample = sample_map, .empty = calling_nothing},
	{.name = "unmap", .setup = setup_touched, .sample = sample_unmap, .empty = calling_nothing},
	{.name = "fill",
	 .vector = TRAP_PAGE_FAULT,
	 .handler = back_fill,
	 .setup = setup_absent,
	 .sample = sample_touch,
	 .empty = sample_touch},
	{.name = "virq",
	 .setup = machine_raise,
	 .sample = sample_virq,
	 .empty = ops_reading,
	 .times = 1},
	{.name = "space", .sample = sample_space, .empty = calling_nothing},
	{.name = NULL},
};

static uint32_t sample(const struct op *op)
{
	if (op->setup)
		op->setup();
	return op->sample ? op->sample() : machine_run_user(op->code, 0);
}

static uint32_t least_empty(const struct op *op)
{
	uint32_t least = ~0u;

	for (unsigned i = 0; i < 4; i++) {
		uint32_t n = op->empty ? op->empty() : machine_run_user(op->empty_code, 0);

		least = n < least ? n : least;
	}
	return least;
}

static void sort(uint32_t *a, unsigned count)
{
	for (unsigned i = 1; i < count; i++)
		for (unsigned k = i; k && a[k - 1] > a[k]; k--) {
			uint32_t higher = a[k - 1];

			a[k - 1] = a[k];
			a[k] = higher;
		}
}

/* Only its setup, for those who count what the operation does in the end. */
static void set_up(const struct op *op, unsigned samples)
{
	while (op->setup && samples--)
		op->setup();
}

static void measure(const struct op *op, unsigned samples, uint32_t empty)
{
	static uint32_t took[SAMPLES_MAX];

	for (unsigned i = 0; i < samples; i++) {
		uint32_t n = sample(op);

		took[i] = n > empty ? n - empty : 0;
	}
	sort(took, samples);
	printf("op %s %u %u of %u\n", op->name, took[0], took[samples / 2],
	       op->times ? op->times : OPS_TIMES);
}

static void run(const struct op *op, const struct ops_wanted *w)
{
	uint32_t empty;

	if (op->handler)
		machine_gate(op->vector, op->vector == 0x80 ? GATE_TRAP : GATE_INTERRUPT,
			     addr32(op->handler));
	/* Warm. */
	sample(op);
	sample(op);
	empty = least_empty(op);
	if (w->only_setup)
		set_up(op, w->samples);
	else
		measure(op, w->samples, empty);
}

static void run_all(const struct op *op, const struct ops_wanted *w)
{
	for (; op->name; op++)
		if (!w->only || !strcmp(op->name, w->only))
			run(op, w);
}

void ops_run(const struct ops_wanted *wanted)
{
	struct ops_wanted w = *wanted;

	w.samples = w.samples > SAMPLES_MAX ? SAMPLES_MAX : w.samples;
	run_all(ops, &w);
	run_all(machine_ops, &w);
	printf("ops: done\n");
}
