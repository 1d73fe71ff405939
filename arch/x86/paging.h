/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host page tables, and the window's part of every guest's tables. */
#ifndef GATEHOUSE_ARCH_X86_PAGING_H
#define GATEHOUSE_ARCH_X86_PAGING_H

#include "arch/x86/regs.h"

/*
 * Builds the host tables and turns paging on (W^X, NX where present, guard
 * pages and page 0 absent), EFER.SCE off. ram_top: the end of RAM below 3 GiB. The two pages
 * of CPU 0 appear at WINDOW_ENTRY(0) and WINDOW_STATE(0).
 */
struct cpu_features;
void paging_init(uint32_t ram_top, const struct cpu_features *f, struct entry_page *entry,
		 struct state_page *state);

/* Makes a page without access; va in the image, page-aligned. */
void paging_guard(const void *page);

/* Maps one page of device memory, uncached, host only. Returns its address; panics when full. */
volatile void *paging_map_mmio(uint64_t hpa);

/*
 * Maps what lies around [base, base + bytes) at its own address, host only: write-combining where
 * the CPU can, else uncached. For memory whose reads change nothing. False: something is there.
 */
bool paging_map_framebuffer(hpa_t base, uint32_t bytes);

/* From now on these are that CPU's two pages, in the window of both sides. */
void paging_set_pages(unsigned cpu, const struct entry_page *entry, const struct state_page *state);

/* What goes into directory entry 510 of page directory 3 of a guest on that CPU. */
uint64_t paging_guest_window_entry(unsigned cpu);

/* PTE_NX where the CPU has it, else 0. */
uint64_t paging_nx(void);

/* Audit of I2: the number of host mappings that are writable and executable. */
unsigned paging_count_wx(void);

#endif
