/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The few instructions Gatehouse carries out for a ring-1 guest kernel. */
#ifndef GATEHOUSE_CORE_EMULATE_H
#define GATEHOUSE_CORE_EMULATE_H

#include "core/decode.h"

struct guest;

/*
 * After a #GP: in, out and cli in ring 1 are done and skipped; an int n the
 * guest's own gate permits is taken. False, nothing changed: it is the guest's #GP.
 */
bool emulate_instruction(struct guest *g, uint32_t error_code);

/*
 * Copies the instruction's bytes, as many as are mapped, to bytes, DECODE_FETCH_BYTES of room;
 * returns how many, at most DECODE_MAX_BYTES.
 */
unsigned emulate_fetch(struct guest *g, uint8_t *bytes);

/* Past the emulated instruction; a single-stepping guest sees its step. */
void emulate_skip(struct guest *g, unsigned length);

/* After a #UD or #GP: the vmcall of kernels up to 2.6.33 is a hypercall, in ring 1. */
bool emulate_vmcall(struct guest *g);

#endif
