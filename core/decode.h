/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decoding the instructions that emulate.c knows. Pure. */
#ifndef GATEHOUSE_CORE_DECODE_H
#define GATEHOUSE_CORE_DECODE_H

#include "core/types.h"

#define DECODE_MAX_BYTES   15 /* SDM 2A 2.3.11 */
#define DECODE_FETCH_BYTES 16 /* what is quickly copied */

enum decode_kind {
	DECODE_OTHER, /* nothing of ours, or cut off */
	DECODE_IN,    /* size bytes from port (or DX) */
	DECODE_OUT,
	DECODE_CLI,
	DECODE_INT, /* vector; also int3 and into */
	DECODE_VMCALL,
};

struct decoded {
	enum decode_kind kind;
	uint8_t length; /* bytes with prefixes */
	uint8_t size;   /* of the operand: 1, 2 or 4 */
	bool port_in_dx;
	uint8_t number; /* immediate port, or vector */
};

/* Looks at count bytes (at most DECODE_MAX_BYTES) of 32-bit code. */
struct decoded decode(const uint8_t *bytes, unsigned count);

#endif
