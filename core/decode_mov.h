/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decoding the moves by which a driver reads and writes device memory. Pure. */
#ifndef GATEHOUSE_CORE_DECODE_MOV_H
#define GATEHOUSE_CORE_DECODE_MOV_H

#include "core/types.h"

struct decoded_mov {
	uint8_t length; /* 0: not one of the moves we know */
	uint8_t size;   /* of the memory operand: 1, 2 or 4 bytes */
	bool is_write;
	bool is_immediate; /* what is written: immediate, else register */
	bool extends;      /* movzx, movsx: the whole register is written */
	bool is_signed;
	uint8_t reg;      /* 0-7; of a byte operand al cl dl bl ah ch dh bh */
	uint8_t reg_size; /* of the register written by a read: 1, 2, 4 */
	uint32_t immediate;
};

/* Looks at count bytes (at most 15) of 32-bit code. The address is not computed: CR2 has it. */
struct decoded_mov decode_mov(const uint8_t *bytes, unsigned count);

#endif
