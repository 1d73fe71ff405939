/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for addresses of our own code, from the table tools/symbols.py makes. */
#ifndef GATEHOUSE_CORE_SYMBOLS_H
#define GATEHOUSE_CORE_SYMBOLS_H

#include "core/types.h"

/* The function that holds address and how far into it; "?" and the address itself without one. */
const char *symbol_find(uint32_t address, uint32_t *offset);

#endif
