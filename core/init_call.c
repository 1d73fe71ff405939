/* SPDX-License-Identifier: GPL-2.0-or-later */
/* LGUEST_INIT: finding out which kernel's lguest_data this is. */
#include "core/init_call.h"

#include "arch/x86/cpu_bits.h"
#include "core/clock.h"
#include "core/div64.h"
#include "core/fast.h"
#include "core/guest.h"
#include "core/lib.h"
#include "core/log.h"

/* Where the kernel lies, its noirq code within it, and a vector that is one. */
static bool makes_sense(const struct lguest_answers *a)
{
	if (a->kernel_address & ~PAGE_MASK || a->kernel_address >= WINDOW_BASE)
		return false;
	if (a->syscall_vec > 255 || a->noirq_end < a->noirq_start)
		return false;
	return a->noirq_end == 0 || a->noirq_start >= a->kernel_address;
}

struct lguest_answers lguest_data_read(const struct lguest_data *d)
{
	const struct lguest_answers tries[] = {
		{2, d->v2.noirq_start, d->v2.noirq_end, d->v2.kernel_address, d->v2.syscall_vec},
		{3, d->v3.noirq_iret, d->v3.noirq_iret, d->v3.kernel_address, d->v3.syscall_vec},
		{1, d->v1.noirq_start, d->v1.noirq_end, d->v1.kernel_address, d->v1.syscall_vec},
	};

	for (unsigned i = 0; i < ARRAY_SIZE(tries); i++)
		if (makes_sense(&tries[i]))
			return tries[i];
	return (struct lguest_answers){0};
}

static bool vector_is_allowed(uint32_t vector)
{
	return vector == 0 || (vector >= LGUEST_FIRST_VECTOR && vector < VECTOR_HOST_FIRST);
}

static bool accept(struct guest *g, const struct lguest_answers *a, const struct lguest_data *d)
{
	if (a->layout == 0) {
		guest_fail(g,
			   "struct lguest_data ends in 0x%x 0x%x 0x%x 0x%x 0x%x: no known layout",
			   d->v1.pgdir, d->v1.noirq_start, d->v1.noirq_end, d->v1.kernel_address,
			   d->v1.syscall_vec);
		return false;
	}
	if (!vector_is_allowed(a->syscall_vec)) {
		guest_fail(g, "system call vector 0x%x: 0x20 to 0x%x can be used", a->syscall_vec,
			   VECTOR_HOST_FIRST - 1);
		return false;
	}
	return true;
}

/* Whether this guest may trust the TSC: as configured, else as measured. */
static uint32_t tsc_khz_for(const struct guest *g)
{
	bool on = g->config->tsc == CONFIG_TSC_ON ||
		  (g->config->tsc == CONFIG_TSC_AUTO && clock_tsc_is_trusted());

	return on ? clock_tsc_khz() : 0;
}

/* One page table entry, or directory entry, of the first tables. */
static void set_entry(const struct guest *g, gpa_t table, uint32_t index, uint32_t value)
{
	uint8_t *at = guest_memory(g) + table;

	if (g->first_tables_pae)
		((uint64_t *)at)[index] = value;
	else
		((uint32_t *)at)[index] = value;
}

/*
 * The directory at directory, the page tables behind it: RAM at 0, as far as
 * the tables go.
 */
static void fill_first_tables(struct guest *g, gpa_t directory, uint32_t tables, uint32_t per_table)
{
	uint32_t pages = g->ram_bytes >> PAGE_SHIFT;
	gpa_t first = directory + PAGE_SIZE;

	for (uint32_t i = 0; i < tables * per_table && i < pages; i++)
		set_entry(g, first + i / per_table * PAGE_SIZE, i % per_table,
			  i << PAGE_SHIFT | (uint32_t)(PTE_P | PTE_W | PTE_U));
	for (uint32_t i = 0; i < tables; i++)
		set_entry(g, directory, i,
			  (first + i * PAGE_SIZE) | (uint32_t)(PTE_P | PTE_W | PTE_U));
}

/*
 * Kernels 2.6.31 and 2.6.32 expect the host to have built their first page
 * table: all of RAM at 0 and again at the kernel's address, right below the
 * initrd. With PAE one directory serves both, so it is the first GiB. Returns
 * the top's address; 0 when there is no room.
 */
static gpa_t build_first_tables(struct guest *g, gva_t kernel_address)
{
	uint32_t per_table = g->first_tables_pae ? PTE_ENTRIES : 1024;
	uint32_t tables = ALIGN_UP(g->ram_bytes >> PAGE_SHIFT, per_table) / per_table;
	uint32_t needed, slot = g->first_tables_pae ? kernel_address >> 30 : kernel_address >> 22;
	gpa_t top, directory;

	tables = MIN(tables, g->first_tables_pae ? PTE_ENTRIES : 1023u);
	needed = (tables + 2) * PAGE_SIZE;
	if (g->initrd_start < needed + MIB(1))
		return 0;
	top = ALIGN_DOWN(g->initrd_start, PAGE_SIZE) - needed;
	directory = g->first_tables_pae ? top + PAGE_SIZE : top;
	memset(guest_memory(g) + top, 0, needed);
	fill_first_tables(g, directory, tables, per_table);
	if (g->first_tables_pae) {
		set_entry(g, top, 0, directory | (uint32_t)PTE_P);
		set_entry(g, top, slot, directory | (uint32_t)PTE_P);
		return top;
	}
	for (uint32_t i = 0; i < tables && slot + i < 1023; i++)
		set_entry(g, top, slot + i,
			  (directory + PAGE_SIZE + i * PAGE_SIZE) |
				  (uint32_t)(PTE_P | PTE_W | PTE_U));
	return top;
}

static void give_first_tables(struct guest *g, struct lguest_data *data)
{
	gpa_t top = build_first_tables(g, g->kernel_address);

	if (!top) {
		guest_fail(g, "no room for its first page tables below the initrd at 0x%08x",
			   g->initrd_start);
		return;
	}
	data->v1.pgdir = top;
	shadow_new_top(g, top);
	g->shadow.format_is_ours = true;
}

static void answer(struct guest *g, struct lguest_data *data, const struct lguest_answers *a)
{
	struct gate_rules rules = g->vcpu.rules;
	uint64_t wall = clock_wall_ns();

	g->data = data;
	g->layout = a->layout;
	g->kernel_address = a->kernel_address;
	g->noirq_start = a->noirq_start;
	g->noirq_end = a->noirq_end;
	rules.syscall_vector = a->syscall_vec;
	vcpu_set_rules(&g->vcpu, &rules);
	g->vcpu.fast.noirq_start = a->noirq_start;
	g->vcpu.fast.noirq_bytes = a->noirq_end ? a->noirq_end - a->noirq_start + 1 : 0;
	fast_set_data(g);
	data->reserve_mem = WINDOW_BYTES;
	data->tsc_khz = tsc_khz_for(g);
	data->time_sec = (uint32_t)div64_u32(wall, NSEC_PER_SEC, &data->time_nsec);
	if (a->layout == 1)
		give_first_tables(g, data);
}

void guest_init_call(struct guest *g, gpa_t at)
{
	struct lguest_data *data = guest_ram(g, at, sizeof(*data));
	struct lguest_answers a;

	if (g->data) {
		guest_fail(g, "second LGUEST_INIT, eip 0x%08x: one is allowed", g->vcpu.regs->eip);
		return;
	}
	if (!data || at + sizeof(*data) > g->ram_bytes) {
		guest_fail(g,
			   "LGUEST_INIT with lguest_data at 0x%08x: %u bytes must fit below 0x%08x",
			   at, (unsigned)sizeof(*data), g->ram_bytes);
		return;
	}
	a = lguest_data_read(data);
	if (accept(g, &a, data))
		answer(g, data, &a);
	log_debug("guest \"%s\": lguest_data layout %u, kernel at 0x%08x, syscall vector 0x%x",
		  guest_name(g), a.layout, a.kernel_address, a.syscall_vec);
}
