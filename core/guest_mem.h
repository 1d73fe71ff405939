/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading and writing a guest's memory by its virtual addresses. */
#ifndef GATEHOUSE_CORE_GUEST_MEM_H
#define GATEHOUSE_CORE_GUEST_MEM_H

#include "core/types.h"

struct guest;

/*
 * Through the guest's own tables, with its kernel's rights; accessed and
 * dirty are set as a CPU would. Returns 0, or -EFAULT and nothing done beyond
 * the first bad page.
 */
int guest_read_virtual(struct guest *g, gva_t va, void *to, uint32_t bytes);
int guest_write_virtual(struct guest *g, gva_t va, const void *from, uint32_t bytes);

/*
 * Where [va, va + bytes) lies if that is in one page which the CPU could read
 * for the guest without a page fault; else NULL. Of a page that the guest just executed.
 */
const void *guest_at_once(const struct guest *g, gva_t va, uint32_t bytes);

/*
 * For whoever looks from outside: where [va, va + bytes), within one page, lies
 * now; NULL when its kernel could not read it. Changes nothing. The guest has memory.
 */
const void *guest_look(const struct guest *g, gva_t va, uint32_t bytes);

/* The same over several pages, copied. 0, or -EFAULT with what comes before the first absent page
 * copied. */
int guest_peek_virtual(const struct guest *g, gva_t va, void *to, uint32_t bytes);

#endif
