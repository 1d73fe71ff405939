/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a guest sees at I/O ports. */
#ifndef GATEHOUSE_CORE_PORTS_H
#define GATEHOUSE_CORE_PORTS_H

#include "core/types.h"

struct guest;

/* size 1, 2 or 4 bytes; an absent port reads as all ones, what is written there is lost. */
uint32_t port_read(struct guest *g, uint16_t port, unsigned size);
void port_write(struct guest *g, uint16_t port, unsigned size, uint32_t value);

#endif
