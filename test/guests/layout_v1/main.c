/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lguest_data as 2.6.31 laid it out: the host builds the first page table, pgdir says where. */
/* expect: success */
#include "test/guests/lib/test.h"

#define HIGH(label) ((uint32_t)(label) + KERNEL_BASE)

/* Linked low, but its lguest_data speaks of the kernel mapping at 3 GiB the host makes. */
struct lguest_data lguest_data = {
	.hcall_status = {[0 ... LHCALL_RING_SIZE - 1] = 0xFF},
	.v1 = {.noirq_start = HIGH(guest_noirq_start),
	       .noirq_end = HIGH(guest_noirq_end),
	       .kernel_address = KERNEL_BASE,
	       .syscall_vec = 0x80},
};

static uint32_t word = 0x600D600D;

void test_main(void)
{
	uint32_t pgdir = READ_ONCE(lguest_data.v1.pgdir), value, *table = (uint32_t *)pgdir;

	CHECK(pgdir && !(pgdir & ~PAGE_MASK), "pgdir 0x%x", pgdir);
	CHECK(pgdir < boot_ram_bytes(), "pgdir 0x%x is outside RAM", pgdir);
	CHECK(READ_ONCE(lguest_data.v1.kernel_address) == KERNEL_BASE,
	      "kernel_address overwritten");
	CHECK(table[0] & PTE_PRESENT, "no identity mapping in pgdir: 0x%x", table[0]);
	CHECK(table[KERNEL_BASE >> 22] & PTE_PRESENT, "no kernel mapping in pgdir: 0x%x",
	      table[KERNEL_BASE >> 22]);
	CHECK(try_read(addr32(&word) + KERNEL_BASE, &value), "fault at 0x%x", trap_seen.cr2);
	CHECK(value == word, "0x%x behind the kernel mapping", value);
	CHECK(try_write(addr32(&word) + KERNEL_BASE, 7) && READ_ONCE(word) == 7, "no write there");
	hcall1(LHCALL_NEW_PGTABLE, pgdir);
	CHECK(READ_ONCE(word) == 7, "the table does not work again");
}
