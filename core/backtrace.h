/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who called whom in a guest: its frames, and the names its image has for them. */
#ifndef GATEHOUSE_CORE_BACKTRACE_H
#define GATEHOUSE_CORE_BACKTRACE_H

#include "core/elf_symbols.h"

struct guest;

#define BACKTRACE_MAX 32u

struct backtrace {
	const struct guest *guest;
	struct elf_symbols symbols;
	struct symbol_search search;
	unsigned depth;   /* of the frame under way; 0 is where the guest is */
	uint32_t address; /* of that frame: where it is, or will go on */
	uint32_t ebp;
	bool is_over;
};

/* From the registers it was interrupted with. The guest must have run, and stay as it is. */
void backtrace_start(struct backtrace *b, const struct guest *g);

/*
 * A bounded piece of work. Returns false when there is nothing more. When a
 * frame is done, its line, "0xc0101234 schedule+0x1c" without the name where
 * there is none, is in text; otherwise text is empty.
 */
bool backtrace_step(struct backtrace *b, char *text, size_t size);

#endif
