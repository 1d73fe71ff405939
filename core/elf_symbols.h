/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The symbol table of a guest's image, an ELF file that need not be well-formed. */
#ifndef GATEHOUSE_CORE_ELF_SYMBOLS_H
#define GATEHOUSE_CORE_ELF_SYMBOLS_H

#include "core/types.h"

/* Symbols one step looks at: some 20 us. */
#define ELF_SYMBOLS_STEP 1024u

struct elf_symbols {
	const uint8_t *file;
	uint32_t bytes;
	uint32_t table, count;       /* offset of the symbols, and how many */
	uint32_t names, names_bytes; /* offset of the strings */
};

/* The search for whom an address belongs to; goes on over several steps. */
struct symbol_search {
	uint32_t address;
	uint32_t next; /* index of the symbol looked at next */
	bool found;
	uint32_t value, name; /* of the best so far */
};

/* False, and count 0: no 32-bit ELF with a symbol table. The file must stay. */
bool elf_symbols_open(struct elf_symbols *s, const void *file, uint32_t bytes);

void symbol_search_start(struct symbol_search *q, uint32_t address);

/* Looks at up to ELF_SYMBOLS_STEP more symbols. True: that was the last. */
bool symbol_search_step(const struct elf_symbols *s, struct symbol_search *q);

/* "schedule+0x1c", printable and cut off at size; empty without a symbol. */
void symbol_search_text(const struct elf_symbols *s, const struct symbol_search *q, char *to,
			size_t size);

#endif
