/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page tables full of random words: fault or death, and nothing but the guest's RAM. */
/* paging: both */
/* expect: success or dead ".*" */
/* bochs: yes */
/* cases: 20 */
#include "test/guests/lib/test.h"

static uint32_t state = 1;

static uint32_t random32(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

/* No PSE, so that the walk goes on; the addresses mostly lie in RAM. */
static uint32_t random_entry(uint32_t ram)
{
	uint32_t entry = random32() & 0xE7F;

	return entry | ((random32() & 15 ? random32() % ram : random32()) & PAGE_MASK);
}

void test_main(void)
{
	uint32_t ram = boot_ram_bytes(), tables = boot_alloc_pages(16), value, reads = 0;

	state = (test_case() + 1) * 2654435761u | 1;
	for (unsigned i = 0; i < 16 * 1024; i += pt_is_pae() ? 2 : 1)
		((uint32_t *)phys_to_virt(tables))[i] = random_entry(ram);
	for (unsigned i = 0; i < 16; i++)
		pt_set_upper(pt_root(), 0x40000000 + i * pt_table_span(),
			     (tables + i * PAGE_SIZE) | PTE_TABLE);
	for (unsigned i = 0; i < 20000; i++)
		reads += try_read(0x40000000 +
					  random32() % (16 * pt_table_span()) / 4 * 4 % 0x3FFFFFC,
				  &value);
	printf("%u of 20000 reads hit RAM\n", reads);
}
