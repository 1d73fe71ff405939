/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host page tables, and the window's part of every guest's tables. */
#include "arch/x86/paging.h"

#include "arch/x86/cpu.h"
#include "arch/x86/image_layout.h"
#include "arch/x86/io.h"
#include "arch/x86/pte.h"
#include "core/lib.h"
#include "core/panic.h"

/* The image lies in the first SMALL_TABLES * 2 MiB, which are mapped in 4 KiB pages. */
#define SMALL_TABLES 4u

/*
 * As after reset (SDM 3A 11.12.4) but for entry 1, of PTE_PWT alone: write-combining.
 * Of the upper four, the first CPUs with PAT use the lower ones instead (errata).
 */
#define PAT_VALUE 0x0007040600070106ull

static uint64_t host_pdpt[4] ALIGNED(32);
static uint64_t host_pd[4][PTE_ENTRIES] ALIGNED(4096);
static uint64_t low_pt[SMALL_TABLES * PTE_ENTRIES] ALIGNED(4096);
static uint64_t window_pt[PTE_ENTRIES] ALIGNED(4096);
static uint64_t guest_window_pt[MAX_CPUS][PTE_ENTRIES] ALIGNED(4096);
static uint64_t nx, write_combining;
static unsigned mmio_used;

static uint64_t address(const void *p)
{
	return (uint32_t)(uintptr_t)p;
}

static void map_low(uint32_t start, uint32_t end, uint64_t flags)
{
	for (uint32_t at = start; at < end; at += PAGE_SIZE)
		low_pt[at >> PAGE_SHIFT] = at | flags;
}

/* The first megabytes in small pages: page 0 absent, the image by its sections. */
static void map_image(uint32_t ram_top)
{
	uint32_t end = MIN(ram_top, SMALL_TABLES * PD_BYTES);

	map_low(PAGE_SIZE, 0xA0000, PTE_P | PTE_W | nx);
	map_low(0xA0000, 0xC0000, PTE_P | PTE_W | PTE_PCD | nx);
	map_low(0xC0000, 0x100000, PTE_P | nx);
	map_low(0x100000, end, PTE_P | PTE_W | nx);
	map_low((uint32_t)address(__text_start), (uint32_t)address(__text_end), PTE_P);
	map_low((uint32_t)address(__switcher_load), (uint32_t)address(__rodata_end), PTE_P | nx);
	for (unsigned i = 0; i < SMALL_TABLES; i++)
		host_pd[0][i] = address(&low_pt[i * PTE_ENTRIES]) | PTE_P | PTE_W;
}

static void map_ram(uint32_t ram_top)
{
	for (uint32_t at = SMALL_TABLES * PD_BYTES; at < ram_top; at += PD_BYTES)
		host_pd[pdpt_index(at)][pd_index(at)] = at | PTE_P | PTE_W | PTE_PS | nx;
}

/* Text for both sides; one CPU's two pages with the rights of that side. */
static void map_window(uint64_t *pt, unsigned cpu, uint64_t entry, uint64_t state, uint64_t state_w)
{
	uint32_t bytes = (uint32_t)(uintptr_t)__switcher_bytes;

	for (uint32_t at = 0; at < bytes; at += PAGE_SIZE)
		pt[pt_index(WINDOW_BASE + at)] = (address(__switcher_load) + at) | PTE_P;
	pt[pt_index(WINDOW_ENTRY(cpu))] = entry | PTE_P | PTE_W | nx;
	pt[pt_index(WINDOW_STATE(cpu))] = state | PTE_P | state_w | nx;
}

static void turn_on(const struct cpu_features *f)
{
	/* SCE off: syscall would take a guest on an AMD CPU straight into ring 0 */
	if (f->efer)
		wrmsr(MSR_EFER, f->nx ? EFER_NXE : 0);
	write_combining = PTE_PCD | PTE_PWT;
	if (f->pat) {
		wrmsr(MSR_IA32_PAT, PAT_VALUE);
		write_combining = PTE_PWT;
	}
	write_cr4(CR4_PAE);
	write_cr3((uint32_t)address(host_pdpt));
	write_cr0(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG);
}

void paging_init(uint32_t ram_top, const struct cpu_features *f, struct entry_page *entry,
		 struct state_page *state)
{
	nx = f->nx ? PTE_NX : 0;
	for (unsigned i = 0; i < 4; i++)
		host_pdpt[i] = address(host_pd[i]) | PTE_P;
	map_image(ram_top);
	map_ram(ram_top);
	map_window(window_pt, 0, address(entry), address(state), PTE_W);
	map_window(guest_window_pt[0], 0, address(entry), address(state), 0);
	host_pd[3][pd_index(WINDOW_BASE)] = address(window_pt) | PTE_P | PTE_W;
	turn_on(f);
}

static void reload(void)
{
	write_cr3(read_cr3());
}

void paging_guard(const void *page)
{
	low_pt[(uint32_t)address(page) >> PAGE_SHIFT] = 0;
	reload();
}

volatile void *mmio_map(uint64_t hpa, uint32_t bytes)
{
	uint32_t va = WINDOW_MMIO + mmio_used * PAGE_SIZE, offset = (uint32_t)hpa & ~PAGE_MASK;
	uint32_t pages = ALIGN_UP(offset + bytes, PAGE_SIZE) / PAGE_SIZE;

	if (pages > WINDOW_MMIO_PAGES - mmio_used)
		return NULL;
	for (uint32_t i = 0; i < pages; i++)
		window_pt[pt_index(va + i * PAGE_SIZE)] =
			((hpa + i * PAGE_SIZE) & PTE_ADDR) | PTE_P | PTE_W | PTE_PCD | PTE_PWT | nx;
	mmio_used += pages;
	reload();
	return (volatile void *)(uintptr_t)(va + offset);
}

volatile void *paging_map_mmio(uint64_t hpa)
{
	volatile void *at = mmio_map(hpa, PAGE_SIZE - ((uint32_t)hpa & ~PAGE_MASK));

	if (!at)
		panic("no room to map a device at 0x%llx: %u pages are mapped", hpa, mmio_used);
	return at;
}

bool paging_map_framebuffer(hpa_t base, uint32_t bytes)
{
	uint32_t start = ALIGN_DOWN(base, PD_BYTES), last = base + bytes - 1;

	for (uint32_t i = 0; i <= (last - start) >> PD_SHIFT; i++) {
		uint32_t at = start + i * PD_BYTES;
		uint64_t *entry = &host_pd[pdpt_index(at)][pd_index(at)];

		if (*entry)
			return false;
		*entry = at | PTE_P | PTE_W | PTE_PS | write_combining | nx;
	}
	reload();
	return true;
}

/* A CPU's two pages lie side by side. The upper halves stay as map_window() made them. */
static inline void set_two(uint64_t *pt, uint32_t entry, uint32_t state)
{
	*(uint32_t *)&pt[0] = entry;
	*(uint32_t *)&pt[1] = state;
}

void paging_set_pages(unsigned cpu, const struct entry_page *entry, const struct state_page *state)
{
	unsigned i = pt_index(WINDOW_ENTRY(cpu));
	uint32_t stack = (uint32_t)address(entry) | (uint32_t)(PTE_P | PTE_W);
	uint32_t tables = (uint32_t)address(state) | (uint32_t)PTE_P;

	set_two(&window_pt[i], stack, tables | (uint32_t)PTE_W);
	set_two(&guest_window_pt[cpu][i], stack, tables);
	__asm__ volatile("invlpg (%0)" : : "r"(WINDOW_ENTRY(cpu)) : "memory");
	__asm__ volatile("invlpg (%0)" : : "r"(WINDOW_STATE(cpu)) : "memory");
}

uint64_t paging_guest_window_entry(unsigned cpu)
{
	return address(guest_window_pt[cpu]) | PTE_P | PTE_W;
}

uint64_t paging_nx(void)
{
	return nx;
}

static bool is_wx(uint64_t e)
{
	return (e & PTE_P) && (e & PTE_W) && !(e & nx);
}

unsigned paging_count_wx(void)
{
	unsigned found = 0;

	if (!nx)
		return 0;
	for (unsigned i = 0; i < ARRAY_SIZE(low_pt); i++)
		found += is_wx(low_pt[i]);
	for (unsigned i = 0; i < PTE_ENTRIES; i++)
		found += is_wx(window_pt[i]);
	for (unsigned i = 0; i < 4 * PTE_ENTRIES; i++)
		if (host_pd[i / PTE_ENTRIES][i % PTE_ENTRIES] & PTE_PS)
			found += is_wx(host_pd[i / PTE_ENTRIES][i % PTE_ENTRIES]);
	return found;
}
