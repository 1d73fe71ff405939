/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ChaCha20 block function (RFC 8439, 2.3). */
#include "core/chacha20.h"

#include "core/lib.h"

#define DOUBLE_ROUNDS 10

static uint32_t rotate(uint32_t value, unsigned bits)
{
	return value << bits | value >> (32 - bits);
}

static void quarter_round(uint32_t *x, unsigned a, unsigned b, unsigned c, unsigned d)
{
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 7);
}

void chacha20_block(uint32_t block[CHACHA20_BLOCK_WORDS], const uint32_t key[CHACHA20_KEY_WORDS],
		    uint32_t counter, const uint32_t nonce[3])
{
	uint32_t start[CHACHA20_BLOCK_WORDS] = {0x61707865, 0x3320646E, 0x79622D32, 0x6B206574};

	memcpy(start + 4, key, 4 * CHACHA20_KEY_WORDS);
	start[12] = counter;
	memcpy(start + 13, nonce, 4 * 3);
	memcpy(block, start, sizeof(start));
	for (unsigned round = 0; round < DOUBLE_ROUNDS; round++) {
		for (unsigned i = 0; i < 4; i++) /* columns */
			quarter_round(block, i, 4 + i, 8 + i, 12 + i);
		for (unsigned i = 0; i < 4; i++) /* diagonals */
			quarter_round(block, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
	}
	for (unsigned i = 0; i < CHACHA20_BLOCK_WORDS; i++)
		block[i] += start[i];
}
