/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ChaCha20 block function (RFC 8439, 2.3). */
#ifndef GATEHOUSE_CORE_CHACHA20_H
#define GATEHOUSE_CORE_CHACHA20_H

#include <stdint.h>

#define CHACHA20_KEY_WORDS   8u
#define CHACHA20_BLOCK_WORDS 16u

/* One block of key stream; its bytes are those of the words in memory, little-endian. */
void chacha20_block(uint32_t block[CHACHA20_BLOCK_WORDS], const uint32_t key[CHACHA20_KEY_WORDS],
		    uint32_t counter, const uint32_t nonce[3]);

#endif
