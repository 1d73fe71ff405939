/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A guest's own pages for shadow tables. */
#ifndef GATEHOUSE_CORE_SHADOW_POOL_H
#define GATEHOUSE_CORE_SHADOW_POOL_H

#include "core/shadow.h"

void shadow_pool_init(struct shadow *s, hpa_t pool, uint32_t pages);

/* A zeroed page, NULL when the pool is dry. */
uint64_t *shadow_page_get(struct shadow *s);
/* page: all 0 again. */
void shadow_page_put(struct shadow *s, uint64_t *page);

/* The used root that was current longest ago; SHADOW_ROOTS when there is no other. */
unsigned shadow_oldest_root(const struct shadow *s);

/* The used root of that top-level table, SHADOW_ROOTS for none. */
unsigned shadow_find_root(struct shadow *s, gpa_t top);

#endif
