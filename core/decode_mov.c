/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decoding the moves by which a driver reads and writes device memory (SDM 2, chapter 2). */
#include "core/decode_mov.h"

#include "core/lib.h"

/* Bytes of modrm, SIB and displacement behind the opcode; 0 for a register operand. */
static unsigned modrm_bytes(const uint8_t *at, unsigned left)
{
	unsigned mod, rm, n = 1;

	if (left < 1)
		return 0;
	mod = at[0] >> 6;
	rm = at[0] & 7;
	if (mod == 3)
		return 0;
	if (rm == 4) {
		if (left < 2)
			return 0;
		n = 2;
		if (mod == 0 && (at[1] & 7) == 5)
			return 6;
	}
	if (mod == 0 && rm == 5)
		return 5;
	return n + (mod == 1 ? 1 : mod == 2 ? 4 : 0);
}

static struct decoded_mov finish(struct decoded_mov m, unsigned length, unsigned count)
{
	m.length = length <= count ? (uint8_t)length : 0;
	return m;
}

/* 88-8B, 0F B6/B7/BE/BF: modrm names the register. */
static struct decoded_mov with_modrm(struct decoded_mov m, const uint8_t *bytes, unsigned at,
				     unsigned count)
{
	unsigned n = at < count ? modrm_bytes(bytes + at, count - at) : 0;

	if (!n)
		return (struct decoded_mov){0};
	m.reg = bytes[at] >> 3 & 7;
	return finish(m, at + n, count);
}

/* C6, C7 /0: an immediate of the operand's size follows. */
static struct decoded_mov with_immediate(struct decoded_mov m, const uint8_t *bytes, unsigned at,
					 unsigned count)
{
	m = with_modrm(m, bytes, at, count);
	if (!m.length || m.reg != 0 || m.length + m.size > count)
		return (struct decoded_mov){0};
	m.is_immediate = true;
	memcpy(&m.immediate, bytes + m.length, m.size);
	m.length = (uint8_t)(m.length + m.size);
	return m;
}

static struct decoded_mov two_byte(const uint8_t *bytes, unsigned at, unsigned count, uint8_t wide)
{
	struct decoded_mov m = {.extends = true, .reg_size = wide};

	if (at == count || (bytes[at] & 0xF6) != 0xB6)
		return (struct decoded_mov){0};
	m.size = bytes[at] & 1 ? 2 : 1;
	m.is_signed = bytes[at] & 8;
	return with_modrm(m, bytes, at + 1, count);
}

struct decoded_mov decode_mov(const uint8_t *bytes, unsigned count)
{
	struct decoded_mov m = {0};
	uint8_t wide = 4, opcode;
	unsigned at = 0;

	for (; at < count; at++) {
		if (bytes[at] == 0x66)
			wide = 2;
		else if (!(bytes[at] == 0x26 || bytes[at] == 0x2E || bytes[at] == 0x36 ||
			   bytes[at] == 0x3E || bytes[at] == 0x64 || bytes[at] == 0x65))
			break;
	}
	if (at == count)
		return m;
	opcode = bytes[at++];
	if (opcode == 0x0F)
		return two_byte(bytes, at, count, wide);
	m.size = m.reg_size = opcode & 1 ? wide : 1;
	if (opcode == 0x88 || opcode == 0x89 || opcode == 0x8A || opcode == 0x8B) {
		m.is_write = !(opcode & 2);
		return with_modrm(m, bytes, at, count);
	}
	if (opcode >= 0xA0 && opcode <= 0xA3) {
		m.is_write = opcode & 2;
		return finish(m, at + 4, count);
	}
	if (opcode == 0xC6 || opcode == 0xC7) {
		m.is_write = true;
		return with_immediate(m, bytes, at, count);
	}
	return (struct decoded_mov){0};
}
