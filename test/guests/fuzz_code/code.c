/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random instructions, out of all bytes or of opcodes that a hypervisor has to do with. */
#include "test/guests/fuzz_code/code.h"

#define LONGEST 15u /* bytes of an instruction; SDM 2 2.3.11 */

/* What follows an opcode: kinds of random bytes. */
enum {
	NONE,
	IMM8,
	IMM16,
	IMM32,
	MODRM,
	MODRM_IMM32,
	MODRM_REGISTER,
	FAR,
	INT_N,
};

/* Of two bytes after 0x0F; SDM 2, appendix A. */
static const struct {
	uint8_t is_two, opcode, follows;
} interesting[] = {
	/* privileged, or emulated */
	{0, 0xF4, NONE},
	{0, 0xFA, NONE},
	{0, 0xFB, NONE},
	{1, 0x00, MODRM},
	{1, 0x01, MODRM},
	{1, 0x06, NONE},
	{1, 0x08, NONE},
	{1, 0x09, NONE},
	{1, 0x20, MODRM_REGISTER},
	{1, 0x21, MODRM_REGISTER},
	{1, 0x22, MODRM_REGISTER},
	{1, 0x23, MODRM_REGISTER},
	{1, 0x30, NONE},
	{1, 0x31, NONE},
	{1, 0x32, NONE},
	{1, 0x33, NONE},
	{1, 0x34, NONE},
	{1, 0x35, NONE},
	{1, 0x05, NONE},
	{1, 0x07, NONE},
	{1, 0xA2, NONE},
	{1, 0xAA, NONE},
	{1, 0x0B, NONE},
	{1, 0xAE, MODRM},
	{1, 0xC7, MODRM},
	/* ports */
	{0, 0xE4, IMM8},
	{0, 0xE5, IMM8},
	{0, 0xE6, IMM8},
	{0, 0xE7, IMM8},
	{0, 0xEC, NONE},
	{0, 0xED, NONE},
	{0, 0xEE, NONE},
	{0, 0xEF, NONE},
	{0, 0x6C, NONE},
	{0, 0x6D, NONE},
	{0, 0x6E, NONE},
	{0, 0x6F, NONE},
	/* traps */
	{0, 0xCC, NONE},
	{0, 0xCD, INT_N},
	{0, 0xCD, INT_N},
	{0, 0xCE, NONE},
	{0, 0xF1, NONE},
	{0, 0x62, MODRM},
	{0, 0xF6, MODRM},
	/* segments */
	{0, 0x8E, MODRM},
	{0, 0x8C, MODRM},
	{0, 0x06, NONE},
	{0, 0x07, NONE},
	{0, 0x0E, NONE},
	{0, 0x16, NONE},
	{0, 0x17, NONE},
	{0, 0x1E, NONE},
	{0, 0x1F, NONE},
	{1, 0xA0, NONE},
	{1, 0xA1, NONE},
	{1, 0xA8, NONE},
	{1, 0xA9, NONE},
	{0, 0xC4, MODRM},
	{0, 0xC5, MODRM},
	{1, 0xB2, MODRM},
	{1, 0xB4, MODRM},
	{1, 0xB5, MODRM},
	{1, 0x02, MODRM},
	{1, 0x03, MODRM},
	{0, 0x63, MODRM},
	/* far ways, flags, stacks */
	{0, 0xEA, FAR},
	{0, 0x9A, FAR},
	{0, 0xFF, MODRM},
	{0, 0xCA, IMM16},
	{0, 0xCB, NONE},
	{0, 0xC3, NONE},
	{0, 0xC2, IMM16},
	{0, 0x9C, NONE},
	{0, 0x9D, NONE},
	{0, 0x60, NONE},
	{0, 0x61, NONE},
	{0, 0xC8, IMM32},
	{0, 0xC9, NONE},
	{0, 0x8F, MODRM},
	/* strings, and what else touches memory */
	{0, 0xA4, NONE},
	{0, 0xA5, NONE},
	{0, 0xA6, NONE},
	{0, 0xA7, NONE},
	{0, 0xAA, NONE},
	{0, 0xAB, NONE},
	{0, 0xAC, NONE},
	{0, 0xAE, NONE},
	{0, 0xD7, NONE},
	{0, 0x88, MODRM},
	{0, 0x89, MODRM},
	{0, 0x8A, MODRM},
	{0, 0x8B, MODRM},
	{0, 0xC7, MODRM_IMM32},
	{0, 0x87, MODRM},
	{1, 0xB1, MODRM},
	{0, 0xDB, MODRM},
	{0, 0xDD, MODRM},
	{0, 0xD9, MODRM},
	{1, 0x6F, MODRM},
	{1, 0x10, MODRM},
	{1, 0x77, NONE},
};

static const uint8_t prefixes[] = {0x66, 0x67, 0xF0, 0xF2, 0xF3, 0x2E,
				   0x36, 0x3E, 0x26, 0x64, 0x65};

uint32_t code_selector(void)
{
	static const uint8_t usual[] = {0,       LGUEST_CS, LGUEST_DS, USER_CS,
					USER_DS, 0x50,      0x58,      0x80};

	if (fuzz_once_in(3))
		return usual[fuzz_below(ARRAY_SIZE(usual))];
	return fuzz_once_in(8) ? fuzz_random() : fuzz_random() & 0xFB;
}

static uint8_t *put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
	return at + sizeof(value);
}

static uint8_t *put_modrm(uint8_t *at)
{
	uint8_t modrm = (uint8_t)fuzz_random();

	*at++ = modrm;
	if (modrm >> 6 != 3 && (modrm & 7) == 4)
		*at++ = (uint8_t)fuzz_random();
	if (modrm >> 6 == 1)
		*at++ = (uint8_t)fuzz_random();
	else if (modrm >> 6 == 2 || (modrm & 0xC7) == 5)
		at = put32(at, fuzz_corner());
	return at;
}

static uint8_t *put_rest(uint8_t *at, unsigned follows)
{
	switch (follows) {
	case IMM8:
		*at++ = (uint8_t)fuzz_random();
		break;
	case INT_N: /* not a hypercall: most are fatal */
		*at = (uint8_t)fuzz_random();
		*at += *at == LGUEST_TRAP_ENTRY;
		at++;
		break;
	case IMM16:
		*at++ = (uint8_t)(fuzz_below(8) * 4);
		*at++ = 0;
		break;
	case MODRM:
		return put_modrm(at);
	case MODRM_REGISTER:
		*at++ = 0xC0 | (uint8_t)fuzz_random();
		break;
	case MODRM_IMM32:
		return put32(put_modrm(at), fuzz_corner());
	case IMM32:
		return put32(at, fuzz_corner());
	case FAR:
		at = put32(at, fuzz_corner());
		*at++ = (uint8_t)code_selector();
		*at++ = 0;
		break;
	}
	return at;
}

static uint8_t *put_instruction(uint8_t *at)
{
	unsigned n = fuzz_below(ARRAY_SIZE(interesting));

	while (fuzz_once_in(4))
		*at++ = prefixes[fuzz_below(ARRAY_SIZE(prefixes))];
	if (interesting[n].is_two)
		*at++ = 0x0F;
	*at++ = interesting[n].opcode;
	return put_rest(at, interesting[n].follows);
}

static uint8_t *put_random(uint8_t *at)
{
	for (unsigned i = 0; i < 4; i++)
		*at++ = (uint8_t)fuzz_random();
	return at;
}

/* mov ax, selector; mov to a segment register, or push and return to it */
static uint8_t *put_segment_load(uint8_t *at)
{
	*at++ = 0xB8;
	at = put32(at, code_selector());
	*at++ = 0x8E;
	*at++ = 0xC0 | (uint8_t)(fuzz_below(6) << 3);
	return at;
}

/* push eflags, cs, eip; iret: within the ring, mostly */
static uint8_t *put_iret(uint8_t *at)
{
	*at++ = 0x68;
	at = put32(at, fuzz_random() & (fuzz_once_in(2048) ? 0x00FFFFFF : 0x00FDFFFF));
	*at++ = 0x68;
	at = put32(at, code_selector());
	*at++ = 0x68;
	at = put32(at, 0x10000000 + fuzz_below(PAGE_SIZE));
	*at++ = 0xCF;
	return at;
}

/* push flags; popf: the trap flag and others that stay */
static uint8_t *put_popf(uint8_t *at)
{
	*at++ = 0x68;
	at = put32(at, fuzz_random() & 0x00FDFFFF);
	*at++ = 0x9D;
	return at;
}

void code_make(uint8_t *at, unsigned bytes)
{
	uint8_t *end = at + bytes - LONGEST - 1;

	do {
		switch (fuzz_below(12)) {
		case 0 ... 2:
			at = put_random(at);
			break;
		case 4:
			at = put_segment_load(at);
			break;
		case 5:
			at = put_iret(at);
			break;
		case 6:
			at = put_popf(at);
			break;
		default:
			at = put_instruction(at);
		}
	} while (at < end && !fuzz_once_in(4));
}
