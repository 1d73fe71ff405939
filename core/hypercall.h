/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hypercalls: the async ring first, then the call in the registers. */
#ifndef GATEHOUSE_CORE_HYPERCALL_H
#define GATEHOUSE_CORE_HYPERCALL_H

#include <stdint.h>

struct guest;

/*
 * Carries out the call in g's registers (eax, ebx, ecx, edx, esi), after what
 * waits in its async ring. eip is already behind the instruction of that length. A call that
 * must wait for the console is taken back: the guest stalls before it.
 */
void hypercall(struct guest *g, unsigned length);

/* The same for int 0x1F while nobody traces, in as few instructions as can be. */
void hypercall_quick(struct guest *g);

/* "SET_PTE"; NULL if there is no call of that number. */
const char *hypercall_name(uint32_t number);

#endif
