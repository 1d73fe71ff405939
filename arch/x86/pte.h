/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page table entries (SDM 3A 4.3, 4.4). The CPU always runs on PAE tables;
 * guests have either format.
 */
#ifndef GATEHOUSE_ARCH_X86_PTE_H
#define GATEHOUSE_ARCH_X86_PTE_H

#include "core/types.h"

#define PTE_P         0x001ull
#define PTE_W         0x002ull
#define PTE_U         0x004ull
#define PTE_PWT       0x008ull
#define PTE_PCD       0x010ull
#define PTE_A         0x020ull
#define PTE_D         0x040ull
#define PTE_PS        0x080ull  /* of a directory entry: a large page */
#define PTE_PAT_LARGE 0x1000ull /* of a large page's entry */
#define PTE_NX        (1ull << 63)

#define PTE_ADDR    0x000FFFFFFFFFF000ull
#define PTE_ENTRIES 512u
#define PD_SHIFT    21 /* one PAE directory entry maps 2 MiB */
#define PDPT_SHIFT  30
#define PD_BYTES    (1u << PD_SHIFT)

#define PTE_PAGE(e) ((uint64_t *)(uintptr_t)((e)&PTE_ADDR))

static inline unsigned pdpt_index(uint32_t va)
{
	return va >> PDPT_SHIFT;
}

static inline unsigned pd_index(uint32_t va)
{
	return va >> PD_SHIFT & (PTE_ENTRIES - 1);
}

static inline unsigned pt_index(uint32_t va)
{
	return va >> PAGE_SHIFT & (PTE_ENTRIES - 1);
}

#endif
