/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for addresses of our own code. */
#include "core/symbols.h"

/* Sorted by address; made from the linked image and linked in after it. */
struct symbol {
	uint32_t address;
	uint32_t name; /* offset into symbol_names */
};

extern const struct symbol symbol_table[];
extern const uint32_t symbol_count;
extern const char symbol_names[];

const char *symbol_find(uint32_t address, uint32_t *offset)
{
	uint32_t low = 0, high = symbol_count;

	*offset = address;
	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (symbol_table[middle].address <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return "?";
	*offset = address - symbol_table[low - 1].address;
	return symbol_names + symbol_table[low - 1].name;
}
