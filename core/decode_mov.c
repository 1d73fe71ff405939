/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decoding the moves by which a driver reads and writes device memory (SDM 2, chapter 2). */
#include "core/decode_mov.h"

#include "core/lib.h"

/* Segments, and the operand's size, which changes *wide. */
static bool is_prefix(uint8_t b, uint8_t *wide)
{
	if (b == 0x66)
		*wide = 2;
	return (uint8_t)(b - 0x64) <= 2 || (b & 0xE7) == 0x26;
}

/*
 * 88-8B, 0F B6/B7/BE/BF: modrm names the register, and says with SIB how long
 * the address is. A register in its place is not ours.
 */
static void with_modrm(struct decoded_mov *m, const uint8_t *bytes, unsigned at, unsigned count)
{
	unsigned modrm, mod, base, length = at + 1;

	if (at >= count)
		return;
	modrm = bytes[at];
	mod = modrm >> 6;
	base = modrm & 7;
	if (mod == 3)
		return;
	if (base == 4) {
		if (length == count)
			return;
		base = bytes[length++] & 7;
	}
	if (mod == 1)
		length++;
	else if (mod == 2 || base == 5)
		length += 4;
	m->reg = modrm >> 3 & 7;
	m->length = length <= count ? (uint8_t)length : 0;
}

/* C6, C7 /0: an immediate of the operand's size follows. */
static void with_immediate(struct decoded_mov *m, const uint8_t *bytes, unsigned at, unsigned count)
{
	with_modrm(m, bytes, at, count);
	if (!m->length || m->reg != 0 || m->length + m->size > count) {
		m->length = 0;
		return;
	}
	m->is_immediate = true;
	memcpy(&m->immediate, bytes + m->length, m->size);
	m->length = (uint8_t)(m->length + m->size);
}

static void two_byte(struct decoded_mov *m, const uint8_t *bytes, unsigned at, unsigned count)
{
	if (at == count || (bytes[at] & 0xF6) != 0xB6)
		return;
	m->extends = true;
	m->size = bytes[at] & 1 ? 2 : 1;
	m->is_signed = bytes[at] & 8;
	with_modrm(m, bytes, at + 1, count);
}

struct decoded_mov decode_mov(const uint8_t *bytes, unsigned count)
{
	struct decoded_mov m = {0};
	uint8_t wide = 4, opcode;
	unsigned at = 0;

	while (at < count && is_prefix(bytes[at], &wide))
		at++;
	if (at == count)
		return m;
	opcode = bytes[at++];
	m.reg_size = wide;
	if (opcode == 0x0F) {
		two_byte(&m, bytes, at, count);
		return m;
	}
	m.size = m.reg_size = opcode & 1 ? wide : 1;
	if (opcode >= 0x88 && opcode <= 0x8B) {
		m.is_write = !(opcode & 2);
		with_modrm(&m, bytes, at, count);
	} else if (opcode >= 0xA0 && opcode <= 0xA3) {
		m.is_write = opcode & 2;
		m.length = at + 4 <= count ? (uint8_t)(at + 4) : 0;
	} else if (opcode == 0xC6 || opcode == 0xC7) {
		m.is_write = true;
		with_immediate(&m, bytes, at, count);
	}
	return m;
}
