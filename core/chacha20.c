/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ChaCha20 block function (RFC 8439, 2.3). */
#include "core/chacha20.h"

#include "core/lib.h"

#define DOUBLE_ROUNDS 10

static uint32_t rotate(uint32_t value, unsigned bits)
{
	return value << bits | value >> (32 - bits);
}

/* On its own words, so that a compiler can keep them in registers. */
static inline __attribute__((always_inline)) void quarter_round(uint32_t *pa, uint32_t *pb,
								uint32_t *pc, uint32_t *pd)
{
	uint32_t a = *pa, b = *pb, c = *pc, d = *pd;

	a += b;
	d = rotate(d ^ a, 16);
	c += d;
	b = rotate(b ^ c, 12);
	a += b;
	d = rotate(d ^ a, 8);
	c += d;
	b = rotate(b ^ c, 7);
	*pa = a;
	*pb = b;
	*pc = c;
	*pd = d;
}

void chacha20_block(uint32_t x[CHACHA20_BLOCK_WORDS], const uint32_t key[CHACHA20_KEY_WORDS],
		    uint32_t counter, const uint32_t nonce[3])
{
	uint32_t start[CHACHA20_BLOCK_WORDS] = {0x61707865, 0x3320646E, 0x79622D32, 0x6B206574};

	memcpy(start + 4, key, 4 * CHACHA20_KEY_WORDS);
	start[12] = counter;
	memcpy(start + 13, nonce, 4 * 3);
	memcpy(x, start, sizeof(start));
	for (unsigned round = 0; round < DOUBLE_ROUNDS; round++) {
		for (unsigned i = 0; i < 4; i++) /* columns */
			quarter_round(x + i, x + 4 + i, x + 8 + i, x + 12 + i);
		quarter_round(x, x + 5, x + 10, x + 15); /* diagonals */
		quarter_round(x + 1, x + 6, x + 11, x + 12);
		quarter_round(x + 2, x + 7, x + 8, x + 13);
		quarter_round(x + 3, x + 4, x + 9, x + 14);
	}
	for (unsigned i = 0; i < CHACHA20_BLOCK_WORDS; i++)
		x[i] += start[i];
}
