/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CRC-32 as Ethernet, GPT, gzip and zlib have it (IEEE 802.3, reflected), four bits at a time. */
#ifndef GATEHOUSE_CORE_CRC32_H
#define GATEHOUSE_CORE_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Of bytes that follow those crc is of; 0 for the first. */
static inline uint32_t crc32(uint32_t crc, const void *data, size_t bytes)
{
	static const uint32_t of_nibble[16] = {
		0x00000000, 0x1DB71064, 0x3B6E20C8, 0x26D930AC, 0x76DC4190, 0x6B6B51F4,
		0x4DB26158, 0x5005713C, 0xEDB88320, 0xF00F9344, 0xD6D6A3E8, 0xCB61B38C,
		0x9B64C2B0, 0x86D3D2D4, 0xA00AE278, 0xBDBDF21C,
	};
	const uint8_t *p = data;

	crc = ~crc;
	while (bytes--) {
		crc ^= *p++;
		crc = of_nibble[crc & 15] ^ crc >> 4;
		crc = of_nibble[crc & 15] ^ crc >> 4;
	}
	return ~crc;
}

#endif
