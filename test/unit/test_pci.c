/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proves the PCI driver against a bus behind the two ports. */
/* unit-sources: drivers/pci.c */
/* unit-flags: -include test/unit/fake_io.h */
#include "drivers/pci.h"

#include "test/unit/pci_fixture.h"

/* ---- the scan ---- */

static void test_no_bus(void **state)
{
	struct pci_function found[2];

	(void)state;
	add(0, 0, 0, 0);
	has_bus = false;
	assert_int_equal(pci_scan(found, 2), 0);
	assert_int_equal(reads, 0);
}

static void test_what_a_function_says(void **state)
{
	struct device *d = add(0, 31, 0, 0);
	struct pci_function f;

	(void)state;
	set(d, PCI_CLASS_REVISION, 4, 0x01060103);
	set(d, PCI_INTERRUPT_LINE, 2, 0x040B);
	assert_int_equal(pci_scan(&f, 1), 1);
	assert_int_equal(f.device, 31);
	assert_int_equal(f.vendor, 0x8086);
	assert_int_equal(f.product, 0x1201);
	assert_int_equal(f.class, 1);
	assert_int_equal(f.subclass, 6);
	assert_int_equal(f.interface, 1);
	assert_int_equal(f.revision, 3);
	assert_int_equal(f.irq_line, 11);
	assert_int_equal(f.irq_pin, 4);
}

static void test_functions_only_by_header_bit(void **state)
{
	struct pci_function found[16];

	(void)state;
	add(0, 1, 0, 0)->all_functions = true;
	add(0, 2, 0, 0x80);
	add(0, 2, 3, 0);
	add(0, 2, 7, 0);
	add(0, 3, 1, 0); /* without a function 0: not there */
	assert_int_equal(pci_scan(found, 16), 4);
	assert_int_equal(found[0].device, 1);
	assert_int_equal(found[1].function, 0);
	assert_int_equal(found[2].function, 3);
	assert_int_equal(found[3].function, 7);
}

static void test_buses_behind_bridges(void **state)
{
	struct pci_function found[16];

	(void)state;
	add_bridge(0, 1, 200);
	add_bridge(200, 0, 3); /* lower than the bus it is on */
	add(3, 31, 0, 0);
	add(4, 0, 0, 0); /* no way leads there */
	assert_int_equal(pci_scan(found, 16), 3);
	assert_int_equal(found[1].bus, 200);
	assert_int_equal(found[2].bus, 3);
}

static void test_bridges_in_a_circle(void **state)
{
	struct pci_function found[16];

	(void)state;
	add_bridge(0, 1, 1);
	add_bridge(1, 1, 0);
	add_bridge(1, 2, 1);
	add_bridge(1, 3, 255);
	assert_int_equal(pci_scan(found, 16), 4);
	assert_true(reads < 3 * 32 + 4 * 16);
}

static void test_no_more_than_fit(void **state)
{
	struct pci_function found[3] = {{0}};

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		add(0, i, 0, 0);
	assert_int_equal(pci_scan(found, 2), 2);
	assert_int_equal(found[2].vendor, 0);
}

static void test_every_size_of_access(void **state)
{
	struct device *d = add(7, 9, 5, 0);
	struct pci_function f = of(d);

	(void)state;
	memset(d->writable + 0x40, 0xFF, 16);
	pci_write32(&f, 0x40, 0x11223344);
	pci_write16(&f, 0x46, 0x5566);
	pci_write8(&f, 0x4B, 0x77);
	assert_int_equal(pci_read32(&f, 0x40), 0x11223344);
	assert_int_equal(pci_read16(&f, 0x42), 0x1122);
	assert_int_equal(pci_read8(&f, 0x41), 0x33);
	assert_int_equal(get(d, 0x44, 4), 0x55660000);
	assert_int_equal(get(d, 0x48, 4), 0x77000000);
}

/* ---- base addresses ---- */

static void assert_bar(const struct device *d, unsigned n, uint64_t base, uint32_t bytes, bool io)
{
	struct pci_function f = of(d);
	uint8_t before[256];
	struct pci_bar bar;

	memcpy(before, d->config, sizeof(before));
	bar = pci_bar(&f, n);
	assert_true(bar.base == base);
	assert_int_equal(bar.bytes, bytes);
	assert_int_equal(bar.is_io, io);
	assert_memory_equal(before, d->config, sizeof(before));
}

static void test_bars(void **state)
{
	struct device *d = add(0, 0, 0, 0);

	(void)state;
	set(d, PCI_COMMAND, 2, 7);
	add_bar(d, 0, 0xC001, 32);
	add_bar(d, 1, 0xFEB00008, 0x1000);
	add_bar(d, 2, 0xD000000C, 0x01000000); /* 64 bits, prefetchable */
	add_bar(d, 3, 0, 1);
	add_bar(d, 5, 0x80000000, 0x80000000);
	assert_bar(d, 0, 0xC000, 32, true);
	assert_bar(d, 1, 0xFEB00000, 0x1000, false);
	assert_bar(d, 2, 0xD0000000, 0x01000000, false);
	assert_bar(d, 3, 0, 0, false); /* the upper half of 2 */
	assert_bar(d, 4, 0, 0, false);
	assert_bar(d, 5, 0x80000000, 0x80000000, false);
	assert_bar(d, 6, 0, 0, false);
	assert_bar(d, 0xFFFFFFFF, 0, 0, false);
}

static void test_bar_without_a_place(void **state)
{
	struct device *d = add(0, 0, 0, 0);

	(void)state;
	add_bar(d, 0, 0, 0x1000);
	assert_bar(d, 0, 0, 0x1000, false);
}

static void test_io_bar_of_16_bits(void **state)
{
	struct device *d = add(0, 0, 0, 0);

	(void)state;
	add_bar(d, 0, 0xC101, 0x100);
	set(d, PCI_BASE_ADDRESS_0 + 2, 2, 0);
	memset(d->writable + PCI_BASE_ADDRESS_0 + 2, 0, 2);
	assert_bar(d, 0, 0xC100, 0x100, true);
}

static void test_bar_beyond_4_gib(void **state)
{
	struct device *d = add(0, 0, 0, 0);

	(void)state;
	add_bar(d, 0, 0x00000004, 0x4000);
	add_bar(d, 1, 0x00000012, 1);
	assert_bar(d, 0, 0x1200000000, 0x4000, false);
	add_bar(d, 2, 0x0000000C, 0); /* 8 GiB large */
	memset(d->writable + PCI_BASE_ADDRESS_2, 0, 4);
	add_bar(d, 3, 0x00000040, 2);
	assert_bar(d, 2, 0x4000000000, 0x80000000, false);
}

static void test_bars_of_a_bridge(void **state)
{
	struct device *d = add_bridge(0, 0, 1);

	(void)state;
	add_bar(d, 1, 0xE0000000, 0x2000);
	add_bar(d, 2, 0xE0010000, 0x2000); /* bus numbers, not a BAR */
	assert_bar(d, 1, 0xE0000000, 0x2000, false);
	assert_bar(d, 2, 0, 0, false);
}

/* ---- capabilities ---- */

static void test_capabilities_in_order(void **state)
{
	struct device *d = add(0, 0, 0, 0);
	struct pci_function f = of(d);

	(void)state;
	add_capability(d, 0x80, 9, 0x50);
	add_capability(d, 0x50, 5, 0xFC);
	add_capability(d, 0xFC, 9, 0x43); /* the lower bits do not count */
	add_capability(d, 0x40, 9, 0);
	assert_int_equal(pci_find_capability(&f, 9, 0), 0x80);
	assert_int_equal(pci_find_capability(&f, 9, 0x80), 0xFC);
	assert_int_equal(pci_find_capability(&f, 9, 0xFC), 0x40);
	assert_int_equal(pci_find_capability(&f, 9, 0x40), 0);
	assert_int_equal(pci_find_capability(&f, 5, 0), 0x50);
	assert_int_equal(pci_find_capability(&f, 5, 0x80), 0x50);
	assert_int_equal(pci_find_capability(&f, 5, 0x60), 0);
	assert_int_equal(pci_find_capability(&f, 6, 0), 0);
	set(d, PCI_STATUS, 2, 0);
	assert_int_equal(pci_find_capability(&f, 9, 0), 0);
}

/* A device that says nonsense does not hold up the machine; neither does a caller's loop. */
static void test_capabilities_in_a_circle(void **state)
{
	struct device *d = add(0, 0, 0, 0);
	struct pci_function f = of(d);
	unsigned at, hops = 0;

	(void)state;
	for (unsigned i = 0x40; i < 0x100; i += 4)
		add_capability(d, i, 9, i == 0xFC ? 0x44 : i + 4);
	for (at = pci_find_capability(&f, 9, 0); at; at = pci_find_capability(&f, 9, at))
		hops++;
	assert_int_equal(hops, 48);
	assert_int_equal(pci_find_capability(&f, 6, 0), 0);
	set(d, PCI_CAPABILITY_LIST, 1, 0x3C); /* into the header */
	assert_int_equal(pci_find_capability(&f, 9, 0), 0);
}

/* ---- power, command ---- */

static void test_enable(void **state)
{
	struct device *d = add(0, 0, 0, 0);
	struct pci_function f = of(d);

	(void)state;
	set(d, PCI_COMMAND, 2, PCI_COMMAND_INTX_DISABLE | PCI_COMMAND_SERR);
	pci_enable(&f);
	assert_int_equal(get(d, PCI_COMMAND, 2), PCI_COMMAND_IO | PCI_COMMAND_MEMORY |
							 PCI_COMMAND_MASTER | PCI_COMMAND_SERR);
	assert_int_equal(waited_us, 0);
}

static void test_enable_wakes(void **state)
{
	struct device *d = add(0, 0, 0, 0);
	struct pci_function f = of(d);

	(void)state;
	add_capability(d, 0x60, PCI_CAP_ID_PM, 0);
	d->pm = 0x60;
	memset(d->writable + 0x64, 0xFF, 2);
	add_bar(d, 0, 0xFEB00000, 0x1000);
	add_bar(d, 5, 0xC001, 0x20);
	set(d, 0x64, 2, PCI_PM_CTRL_PME_STATUS | 0x100 | 3);
	pci_enable(&f);
	assert_int_equal(waited_us, 10000);
	assert_int_equal(get(d, 0x64, 2), 0x100); /* the status bit is cleared by a 1: left alone */
	assert_int_equal(get(d, PCI_BASE_ADDRESS_0, 4), 0xFEB00000);
	assert_int_equal(get(d, PCI_BASE_ADDRESS_5, 4), 0xC001);
	assert_int_equal(get(d, PCI_COMMAND, 2), 7);
	pci_enable(&f);
	assert_int_equal(waited_us, 10000);
}

/* ---- messages ---- */

#define MESSAGE_ADDRESS 0xFEE01000u
#define MESSAGE_DATA    0xE5u

static struct pci_function with_msi(struct device *d, unsigned flags)
{
	add_capability(d, 0x70, PCI_CAP_ID_MSI, 0);
	set(d, 0x72, 2, flags);
	memset(d->writable + 0x72, 0xFF, 0x18);
	memset(d->config + 0x74, 0xAA, 0x16);
	return of(d);
}

static void test_msi_32(void **state)
{
	struct device *d = add(0, 0, 0, 0);
	struct pci_function f = with_msi(d, 0x0030); /* four wanted, more given than that */

	(void)state;
	assert_true(pci_set_msi(&f, MESSAGE_ADDRESS, MESSAGE_DATA));
	assert_int_equal(get(d, 0x72, 2), PCI_MSI_FLAGS_ENABLE);
	assert_int_equal(get(d, 0x74, 4), MESSAGE_ADDRESS);
	assert_int_equal(get(d, 0x78, 2), MESSAGE_DATA);
	assert_int_equal(get(d, 0x7A, 2), 0xAAAA);
	assert_int_equal(get(d, PCI_COMMAND, 2), PCI_COMMAND_INTX_DISABLE);
}

static void test_msi_64_with_masks(void **state)
{
	struct device *d = add(0, 0, 0, 0);
	struct pci_function f = with_msi(d, PCI_MSI_FLAGS_64BIT | PCI_MSI_FLAGS_MASKBIT);

	(void)state;
	assert_true(pci_set_msi(&f, MESSAGE_ADDRESS, MESSAGE_DATA));
	assert_int_equal(get(d, 0x74, 4), MESSAGE_ADDRESS);
	assert_int_equal(get(d, 0x78, 4), 0);
	assert_int_equal(get(d, 0x7C, 2), MESSAGE_DATA);
	assert_int_equal(get(d, 0x80, 4), 0);
}

static struct pci_function with_msix(struct device *d, uint32_t table)
{
	add_capability(d, 0x90, PCI_CAP_ID_MSIX, 0);
	set(d, 0x92, 2, PCI_MSIX_FLAGS_MASKALL | 3);
	memset(d->writable + 0x93, 0xC0, 1);
	set(d, 0x94, 4, table);
	add_bar(d, 1, TABLE_AT, sizeof(msix_table));
	return of(d);
}

static void test_msix(void **state)
{
	struct device *d = add(0, 0, 0, 0);
	struct pci_function f = with_msix(d, 0x101);

	(void)state;
	assert_true(pci_set_msi(&f, MESSAGE_ADDRESS, MESSAGE_DATA));
	assert_true(mapped_at == TABLE_AT + 0x100);
	assert_int_equal(msix_table[0x40], MESSAGE_ADDRESS);
	assert_int_equal(msix_table[0x41], 0);
	assert_int_equal(msix_table[0x42], MESSAGE_DATA);
	assert_int_equal(msix_table[0x43], 0);
	assert_int_equal(msix_table[0x44], 0xFFFFFFFF);
	assert_int_equal(get(d, 0x92, 2), PCI_MSIX_FLAGS_ENABLE | 3);
	assert_int_equal(get(d, PCI_COMMAND, 2), PCI_COMMAND_INTX_DISABLE);
}

/* A table outside of its BAR, in ports, in no BAR: INTx stays as it is. */
static void test_msix_table_out_of_reach(void **state)
{
	static const uint32_t tables[] = {0x401, 0x3F9, 0xFFFFFFF9, 0x000, 0x002, 0x006, 0x007};

	for (unsigned i = 0; i < ARRAY_SIZE(tables); i++) {
		struct device *d;
		struct pci_function f;

		reset(state);
		d = add(0, 0, 0, 0);
		f = with_msix(d, tables[i]);
		add_bar(d, 2, 0xC001, 0x100);
		assert_false(pci_set_msi(&f, MESSAGE_ADDRESS, MESSAGE_DATA));
		assert_int_equal(mapped_at, 0);
		assert_int_equal(get(d, 0x92, 2), PCI_MSIX_FLAGS_MASKALL | 3);
		assert_int_equal(get(d, PCI_COMMAND, 2), 0);
	}
}

static void test_no_messages(void **state)
{
	struct device *d = add(0, 0, 0, 0);
	struct pci_function f = of(d);

	(void)state;
	assert_false(pci_set_msi(&f, MESSAGE_ADDRESS, MESSAGE_DATA));
	assert_int_equal(get(d, PCI_COMMAND, 2), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_no_bus, reset),
		cmocka_unit_test_setup(test_what_a_function_says, reset),
		cmocka_unit_test_setup(test_functions_only_by_header_bit, reset),
		cmocka_unit_test_setup(test_buses_behind_bridges, reset),
		cmocka_unit_test_setup(test_bridges_in_a_circle, reset),
		cmocka_unit_test_setup(test_no_more_than_fit, reset),
		cmocka_unit_test_setup(test_every_size_of_access, reset),
		cmocka_unit_test_setup(test_bars, reset),
		cmocka_unit_test_setup(test_bar_without_a_place, reset),
		cmocka_unit_test_setup(test_io_bar_of_16_bits, reset),
		cmocka_unit_test_setup(test_bar_beyond_4_gib, reset),
		cmocka_unit_test_setup(test_bars_of_a_bridge, reset),
		cmocka_unit_test_setup(test_capabilities_in_order, reset),
		cmocka_unit_test_setup(test_capabilities_in_a_circle, reset),
		cmocka_unit_test_setup(test_enable, reset),
		cmocka_unit_test_setup(test_enable_wakes, reset),
		cmocka_unit_test_setup(test_msi_32, reset),
		cmocka_unit_test_setup(test_msi_64_with_masks, reset),
		cmocka_unit_test_setup(test_msix, reset),
		cmocka_unit_test_setup(test_msix_table_out_of_reach, reset),
		cmocka_unit_test_setup(test_no_messages, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
