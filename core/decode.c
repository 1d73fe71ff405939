/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decoding the instructions that emulate.c knows (SDM 2, appendix A). */
#include "core/decode.h"

/* Prefixes that change nothing here: segments, address size. Lock and rep are not ours. */
static bool is_idle_prefix(uint8_t b)
{
	return b == 0x26 || b == 0x2E || b == 0x36 || b == 0x3E || b == 0x64 || b == 0x65 ||
	       b == 0x67;
}

static struct decoded decode_io(uint8_t opcode, bool is_word)
{
	struct decoded d = {.kind = opcode & 2 ? DECODE_OUT : DECODE_IN, .length = 1};

	d.size = opcode & 1 ? (is_word ? 2 : 4) : 1;
	d.port_in_dx = opcode & 8;
	if (!d.port_in_dx)
		d.length = 2;
	return d;
}

static struct decoded decode_opcode(uint8_t opcode, bool is_word)
{
	switch (opcode) {
	case 0xE4: /* in imm8 */
	case 0xE5:
	case 0xE6: /* out imm8 */
	case 0xE7:
	case 0xEC: /* in dx */
	case 0xED:
	case 0xEE: /* out dx */
	case 0xEF:
		return decode_io(opcode, is_word);
	case 0xFA:
		return (struct decoded){.kind = DECODE_CLI, .length = 1};
	case 0xCC:
		return (struct decoded){.kind = DECODE_INT, .length = 1, .number = 3};
	case 0xCE:
		return (struct decoded){.kind = DECODE_INT, .length = 1, .number = 4};
	case 0xCD:
		return (struct decoded){.kind = DECODE_INT, .length = 2};
	case 0x0F:
		return (struct decoded){.kind = DECODE_VMCALL, .length = 3};
	default:
		return (struct decoded){.kind = DECODE_OTHER};
	}
}

struct decoded decode(const uint8_t *bytes, unsigned count)
{
	const struct decoded other = {.kind = DECODE_OTHER};
	struct decoded d;
	bool is_word = false;
	unsigned at = 0;

	while (at < count && (is_idle_prefix(bytes[at]) || bytes[at] == 0x66))
		is_word |= bytes[at++] == 0x66;
	if (at == count)
		return other;
	d = decode_opcode(bytes[at], is_word);
	if (d.kind == DECODE_OTHER || at + d.length > count)
		return other;
	if (d.kind == DECODE_VMCALL && (bytes[at + 1] != 0x01 || bytes[at + 2] != 0xC1))
		return other;
	if (d.length == 2)
		d.number = bytes[at + 1];
	d.length = (uint8_t)(at + d.length);
	return d;
}
