/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random hypercalls with random arguments: an error or the guest's death, nothing else. */
/* expect: success or dead ".*" */
/* bystander: clock */
/* bochs: yes */
/* cases: 20 */
#include "test/guests/lib/test.h"

static uint32_t state;

static uint32_t random32(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

static uint32_t random_argument(void)
{
	switch (random32() % 6) {
	case 0:
		return random32();
	case 1:
		return random32() % 33;
	case 2:
		return 0x100000 + (random32() & 0xFFFF);
	case 3:
		return boot_ram_bytes() + random32() % 64 - 32;
	case 4:
		return 0xFFC00000 + (random32() & 0x3FFFFF);
	default:
		return random32() & PAGE_MASK;
	}
}

void test_main(void)
{
	/* Not LGUEST_INIT, SHUTDOWN and HALT, which would end the fun. */
	static const uint8_t calls[] = {0, 4, 5, 6, 7, 8, 9, 13, 14, 15, 16, 17, 18, 19};

	state = (test_case() + 1) * 2654435761u | 1;
	for (unsigned i = 0; i < 2000; i++)
		hcall4(calls[random32() % ARRAY_SIZE(calls)], random_argument(), random_argument(),
		       random_argument(), random_argument());
}
