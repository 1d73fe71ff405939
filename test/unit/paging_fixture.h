/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A reference for guest page tables: byte by byte and level by level, as SDM 3A 4.3 and 4.4 say. */
#ifndef GATEHOUSE_TEST_UNIT_PAGING_FIXTURE_H
#define GATEHOUSE_TEST_UNIT_PAGING_FIXTURE_H

#include <stdbool.h>
#include <string.h>

#include "test/unit/unit.h"

enum ref_kind { REF_MAPPED, REF_ABSENT, REF_BAD };

struct ref {
	enum ref_kind kind;
	bool write, user, no_exec, dirty;
	uint64_t page;
	unsigned levels; /* entries read */
	uint32_t at[3];  /* where, from the top */
	uint64_t entry[3];
};

static inline uint64_t ref_peek(const uint8_t *memory, uint32_t at, unsigned bytes)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < bytes; i++)
		v += (uint64_t)memory[at + i] << 8 * i;
	return v;
}

static inline void ref_poke(uint8_t *memory, uint32_t at, unsigned bytes, uint64_t v)
{
	for (unsigned i = 0; i < bytes; i++)
		memory[at + i] = (uint8_t)(v >> 8 * i);
}

/* Walks from top; a large page and a table outside of memory are bad. */
static inline struct ref ref_walk(const uint8_t *memory, uint32_t bytes, bool is_pae, uint32_t top,
				  uint32_t va)
{
	static const struct {
		unsigned shift, entries;
	} pae[] = {{30, 4}, {21, 512}, {12, 512}}, plain[] = {{22, 1024}, {12, 1024}};
	unsigned last = is_pae ? 2 : 1, size = is_pae ? 8 : 4;
	struct ref r = {.kind = REF_ABSENT, .write = true, .user = true};
	uint64_t table = top;

	for (unsigned level = 0; level <= last; level++) {
		unsigned shift = is_pae ? pae[level].shift : plain[level].shift;
		unsigned entries = is_pae ? pae[level].entries : plain[level].entries;
		uint32_t at = (uint32_t)table + (va >> shift) % entries * size;
		uint64_t e = ref_peek(memory, at, size);

		r.at[r.levels] = at;
		r.entry[r.levels++] = e;
		if (e % 2 == 0)
			return r;
		table = (e & 0xFFFFFFFFFFFFFull) / 4096 * 4096;
		if (level == 0 && is_pae)
			e |= 6; /* a PDPTE gives no rights away, and takes none */
		else if (level < last && e / 128 % 2)
			table = UINT64_MAX / 2;
		if (level < last && table + 4096 > bytes) {
			r.kind = REF_BAD;
			return r;
		}
		r.write = r.write && e / 2 % 2;
		r.user = r.user && e / 4 % 2;
		r.no_exec = r.no_exec || (e >> 63 && !(level == 0 && is_pae));
	}
	r.kind = REF_MAPPED;
	r.page = table;
	r.dirty = r.entry[last] / 64 % 2;
	return r;
}

/* access: error code bits 2 (write), 4 (user), 16 (fetch). */
static inline bool ref_permits(const struct ref *r, unsigned access)
{
	return r->kind == REF_MAPPED && (r->write || !(access & 2)) && (r->user || !(access & 4)) &&
	       !(r->no_exec && access & 16);
}

/* What a denied access is reported as: fetches count only where the guest uses NX. */
static inline unsigned ref_error_code(const struct ref *r, unsigned access)
{
	unsigned code = access & 6;

	return r->kind == REF_MAPPED ? code | 1 | (r->no_exec ? access & 16 : 0) : code;
}

#endif
